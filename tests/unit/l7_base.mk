# SPDX-License-Identifier: Apache-2.0
# What all parsers stand on.
UNIT += l7_files
l7_files_SRC := $(L7_SRC)
l7_files_LIBS := $(L7_LIBS)

UNIT += l7_frame
l7_frame_SRC := $(L7_SRC)
l7_frame_LIBS := $(L7_LIBS)
