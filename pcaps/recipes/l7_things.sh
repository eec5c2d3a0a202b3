#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-coap.pcap	libcoap 4.3	resources of a device over UDP and TCP: discovery, read, observed, written in blocks, deleted, one that is not there
# makes: l7-modbus.pcap	pymodbus 3.0	coils and registers read and written, a register that is not there, what the device says of itself
. "$(dirname "$0")/lib.sh"
need coap-server-notls:libcoap3-bin coap-client-notls:libcoap3-bin
quiet /usr/bin/python3 -c 'import pymodbus.server' ||
	quiet apt-get install -y --no-install-recommends python3-pymodbus python3-serial-asyncio
lab office inner
A=${ADDR[inner]}
cd "$TMP"
only=${1:-coap modbus}
wanted() { [[ " $only " == *" $1 "* ]]; }

if wanted coap; then
	serve inner coap-server-notls -A "$A" -d 10
	port inner "$A" 5683
	coap() { on office timeout 5 coap-client-notls "$@" >>coap.log 2>&1 || true; }
	seq 1 400 >long.txt
	record "$OUT/l7-coap.pcap"
	coap "coap://$A/.well-known/core"
	coap -N "coap://$A/time"
	coap -s 2 "coap://$A/time"
	coap -m put -e '14:08:00' -t 0 "coap://$A/door?side=north"
	coap -m put -f long.txt -b 256 "coap://$A/example_data"
	coap -b 512 "coap://$A/example_data"
	coap -m delete "coap://$A/door"
	coap "coap://$A/absent"
	coap "coap+tcp://$A/time"
	finish
fi

if wanted modbus; then
	cat >device.py <<-'PY'
		import sys
		from pymodbus.datastore import ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext
		from pymodbus.device import ModbusDeviceIdentification
		from pymodbus.server import StartTcpServer
		block = lambda values: ModbusSequentialDataBlock(1, values)
		unit = ModbusSlaveContext(co=block([False] * 16), di=block([True, False] * 4), hr=block(list(range(100, 120))),
		                          ir=block([2150, 2180, 2200]))
		about = ModbusDeviceIdentification(info_name={"VendorName": "Wanglou lab", "ProductCode": "PUMP-4",
		                                              "MajorMinorRevision": "1.2"})
		StartTcpServer(context=ModbusServerContext(slaves={1: unit}, single=False), identity=about,
		               address=(sys.argv[1], 502))
	PY
	cat >master.py <<-'PY'
		import sys
		from pymodbus.client import ModbusTcpClient
		from pymodbus.mei_message import ReadDeviceInformationRequest
		c = ModbusTcpClient(sys.argv[1])
		assert c.connect()
		for answer in (c.read_coils(0, 8, slave=1), c.read_discrete_inputs(0, 8, slave=1), c.read_input_registers(0, 3, slave=1),
		               c.write_coil(3, True, slave=1), c.write_register(5, 4660, slave=1),
		               c.write_coils(8, [True, False, True, True], slave=1), c.write_registers(10, [1, 2, 3], slave=1),
		               c.mask_write_register(5, 0x00f2, 0x0025, unit=1),
		               c.readwrite_registers(read_address=4, read_count=2, write_address=12, write_registers=[77], unit=1),
		               c.read_holding_registers(4, 2, slave=1), c.read_holding_registers(500, 2, slave=1),
		               c.execute(ReadDeviceInformationRequest(read_code=1, object_id=0, unit=1))):
		    print(answer)
		c.close()
	PY
	serve inner /usr/bin/python3 device.py "$A"
	port inner "$A" 502
	record "$OUT/l7-modbus.pcap"
	on office /usr/bin/python3 master.py "$A" >modbus.log 2>&1 || cat modbus.log serve.log >&2
	finish
fi
