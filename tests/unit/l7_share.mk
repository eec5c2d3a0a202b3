# SPDX-License-Identifier: Apache-2.0
UNIT += l7_share
l7_share_SRC := $(L7_SRC)
l7_share_LIBS := $(L7_LIBS)
