# SPDX-License-Identifier: Apache-2.0
UNIT += l7_modbus l7_iec104
l7_modbus_SRC := $(L7_SRC)
l7_modbus_LIBS := $(L7_LIBS)
l7_iec104_SRC := $(L7_SRC)
l7_iec104_LIBS := $(L7_LIBS)
