# SPDX-License-Identifier: Apache-2.0
L7_INDUSTRY := modbus iec104 dnp3 s7comm enip bacnet opcua
UNIT += $(L7_INDUSTRY:%=l7_%)
$(foreach p,$(L7_INDUSTRY),$(eval l7_$(p)_SRC := $(L7_SRC))$(eval l7_$(p)_LIBS := $(L7_LIBS)))
