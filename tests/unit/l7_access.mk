# SPDX-License-Identifier: Apache-2.0
# Access and media, files by FTP and TFTP.
UNIT += l7_access
l7_access_SRC := $(L7_SRC)
l7_access_LIBS := $(L7_LIBS)
