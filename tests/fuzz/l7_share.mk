# SPDX-License-Identifier: Apache-2.0
FUZZ_ROWS += smb dcerpc nfs rpc
