# SPDX-License-Identifier: Apache-2.0
UNIT += l7_secure
l7_secure_SRC := $(L7_SRC)
l7_secure_LIBS := $(L7_LIBS)
