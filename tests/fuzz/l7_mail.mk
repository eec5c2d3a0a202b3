# SPDX-License-Identifier: Apache-2.0
FUZZ_ROWS += smtp pop3 imap
