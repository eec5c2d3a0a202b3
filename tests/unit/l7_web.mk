# SPDX-License-Identifier: Apache-2.0
# Web and names.
UNIT += l7_web
l7_web_SRC := $(L7_SRC)
l7_web_LIBS := $(L7_LIBS)
