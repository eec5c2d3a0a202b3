# SPDX-License-Identifier: Apache-2.0
# Data bases and message queues.
UNIT += l7_data
l7_data_SRC := $(L7_SRC)
l7_data_LIBS := $(L7_LIBS)
