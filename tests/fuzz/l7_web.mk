# SPDX-License-Identifier: Apache-2.0
# Web and names.
FUZZ_ROWS += http http2 websocket dns mdns llmnr
