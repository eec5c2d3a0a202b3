# SPDX-License-Identifier: Apache-2.0
FUZZ_ROWS += tls dtls quic ssh ike wireguard openvpn
