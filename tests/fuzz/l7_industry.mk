# SPDX-License-Identifier: Apache-2.0
FUZZ_ROWS += modbus iec104 dnp3 s7comm enip bacnet opcua
