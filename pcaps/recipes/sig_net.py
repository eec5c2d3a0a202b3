# SPDX-License-Identifier: Apache-2.0
"""Themes below the web: TLS, clear-text logins, DNS, mining, remote control,
SMB, command channels, exposed services, industrial control."""
import struct

from craft import (client_hello, dns, netbios, request, response, server_hello, smb1, smb2_create, smb2_negotiate,
                   smb2_negotiated, smb2_tree, tls_record)
from talk import (APP, INNER, OFFICE, OUTSIDE, OUTSIDE2, PLC, RESOLVER, SCADA, ask, back, get, hello, many, numbered,
                  out, post, tcp, udp, web)

S = 4200000
LOGIN = request('/', headers=('Authorization: Basic bGFiOmxhYg==',))


def tls(server, client=None):
    return tcp(OFFICE, APP, 443, client or client_hello('app.city.example'), back(server))


def heartbeat(size, claimed, answer):
    return tcp(OUTSIDE, APP, 443, client_hello('app.city.example'), back(server_hello()),
               tls_record(24, b'\1' + struct.pack('>H', claimed) + bytes(size)), back(answer))


TLS = [
    (S + 301, tls(server_hello(0x0300, 0x000a)), tls(server_hello(0x0303, record=0x0300))),
    (S + 302, tls(server_hello(0x0301, 0x002f)), tls(server_hello(0x0303, record=0x0301))),
    (S + 303, tls(server_hello(0x0303, 0x0005)), tls(server_hello(0x0303), client_hello('app.city.example', suites=(0xc02f, 0x0005, 0x0004)))),
    (S + 304, tls(server_hello(0x0303, 0x0003)), tls(server_hello(0x0303), client_hello('app.city.example', suites=(0xc02f, 0x0003)))),
    (S + 305, tls(tls_record(21, b'\2\x28'), client_hello(None, 0x0300, 0x0300)), tls(server_hello(), client_hello(None, 0x0303, 0x0300))),
    (S + 307, heartbeat(0, 0x4000, tls_record(21, b'\2\x28')), heartbeat(24, 8, tls_record(24, b'\2\0\x08' + bytes(24)))),
    (S + 308, heartbeat(0, 0x4000, tls_record(24, b'\2\x40\0' + b'memory' * 300)), heartbeat(24, 8, tls_record(24, b'\2\0\x08' + bytes(24)))),
]


def ftp(user, word):
    return tcp(INNER, '10.30.2.40', 21, back(b'220 ready\r\n'), b'USER ' + user + b'\r\n', back(b'331 password\r\n'),
               b'PASS ' + word + b'\r\n', back(b'230 in\r\n'))


def snmp(community, client):
    body = b'\x02\x01\x00\x04' + bytes([len(community)]) + community + bytes.fromhex(
        'a01c02040a0b0c0d020100020100300e300c06082b060102010101000500')
    return udp(client, APP, 161, b'\x30' + bytes([len(body)]) + body)


def mysql(user, client):
    hello_ = b'\x4a\0\0\0\x0a5.7.40\0' + bytes(60)
    data = struct.pack('<IIB23s', 0x0fa685, 0x1000000, 33, b'') + user + b'\0\x14' + b'x' * 20 + b'mysql_native_password\0'
    return tcp(client, INNER, 3306, back(hello_), struct.pack('<I', len(data) | 1 << 24) + data)


CLEARTEXT = [
    (S + 401, ftp(b'dataxchg', b'Lab#2020'), ftp(b'anonymous', b'anonymous@')),
    (S + 402, web(LOGIN), web(get('/', 'Authorization: Bearer bGFiOmxhYg=='))),
    (S + 403, tcp(OFFICE, INNER, 23, back(b'\xff\xfd\x18'), b'\xff\xfb\x18', back(b'inner login: '), b'lab\r\n'),
     tcp(OFFICE, INNER, 23, back(b'\xff\xfd\x18'), b'\xff\xfb\x18', back(b'welcome to the library catalogue\r\n'), b'find\r\n')),
    (S + 404, tcp(OFFICE, APP, 110, back(b'+OK\r\n'), b'USER lab\r\n', back(b'+OK\r\n'), b'PASS lab\r\n', back(b'+OK\r\n')),
     tcp(OFFICE, APP, 110, back(b'+OK\r\n'), b'APOP lab c4c9334bac560ecc979e58001b3e22fb\r\n', back(b'+OK PASS not needed\r\n'))),
    (S + 405, tcp(OFFICE, APP, 143, back(b'* OK\r\n'), b'a1 LOGIN lab lab\r\n', back(b'a1 OK\r\n')),
     tcp(OFFICE, APP, 143, back(b'* OK [CAPABILITY AUTH=PLAIN]\r\n'), b'a1 STARTTLS\r\n', back(b'a1 OK LOGIN later\r\n'))),
    (S + 406, tcp(OFFICE, APP, 25, back(b'220 x\r\n'), b'EHLO y\r\n', back(b'250 AUTH PLAIN LOGIN\r\n'), b'AUTH PLAIN AGxhYgBsYWI=\r\n', back(b'235 ok\r\n')),
     tcp(OFFICE, APP, 25, back(b'220 x\r\n'), b'EHLO y\r\n', back(b'250 AUTH PLAIN LOGIN\r\n'), b'STARTTLS\r\n', back(b'220 go\r\n'))),
    (S + 407, tcp(APP, INNER, 6379, b'*2\r\n$4\r\nAUTH\r\n$3\r\nlab\r\n', back(b'+OK\r\n')),
     tcp(APP, INNER, 6379, b'*3\r\n$3\r\nSET\r\n$4\r\nAUTH\r\n$3\r\nlab\r\n', back(b'+OK\r\n'))),
    (S + 408, web(post('/login', 'username=admin&password=123456')), web(post('/login', 'username=admin&password=123456-Qz%21x'))),
    (S + 411, mysql(b'root', OUTSIDE), [mysql(b'root', APP), mysql(b'reader', OUTSIDE)]),
    (S + 413, snmp(b'public', OUTSIDE), [snmp(b'public', OFFICE), snmp(b'priv8x', OUTSIDE)]),
]

LONG = 'mfrggzdfmztwq2lknnwg23tpobyxe43uov3ho6dzpiydcmrtgq2tmnzyhe3a'


def null_question(i):
    return ask('%d0abcdefg.t.lab.example' % i, 'NULL', data=b'\0\1')


DNS = [
    (S + 501, ask('vaaaakarivq.t.lab.example', 'NULL', data=b'VACK\0\0'), ask('video-cache-2.city.example')),
    (S + 502, many(21, numbered(null_question)), many(5, numbered(null_question))),
    (S + 503, many(11, ask(LONG + '.' + LONG[:44] + '.t.lab.example')), many(4, ask(LONG + '.' + LONG[:44] + '.t.lab.example'))),
    (S + 504, many(16, ask(LONG[:40] + '.d.lab.example', 'TXT', data=b'\2ok')), many(16, ask('selector1._domainkey.mail.example', 'TXT', data=b'\2ok'))),
    (S + 505, ask('dnscat.0a1b00c2d3.example', 'TXT', data=b'\2ok'), ask('www.dnscat-docs.example')),
    (S + 506, udp(INNER, OUTSIDE2, 53, b'\x10\xd1\x9e\x10' + bytes(30)), udp(INNER, OUTSIDE2, 53, b'\x10\xd1\x01\x00\x00\x01\0\0\0\0\0\0\x01a\0\0\1\0\1')),
    (S + 508, ask('a1b2c3.dnslog.cn'), ask('mydnslog.cn')),
    (S + 509, ask('abc.x1y2z3.ceye.io'), ask('ceye.io.city.example')),
    (S + 510, ask('c23b2la0kl1krjcrdj10cndmnioyyyyyn.oast.pro'), ask('kitchen.oast.example')),
    (S + 511, ask('q1w2e3r4t5.oastify.com'), ask('toastify.com')),
    (S + 512, tcp(OUTSIDE, RESOLVER, 53, b'\0\x1e\x1a\x2b\0\0\0\1\0\0\0\0\0\0\4city\7example\0\0\xfc\0\1'),
     [tcp(OUTSIDE, RESOLVER, 53, b'\0\x1e\x1a\x2b\0\0\0\1\0\0\0\0\0\0\4city\7example\0\0\x10\0\1'),
      tcp(INNER, RESOLVER, 53, b'\0\x1e\x1a\x2b\0\0\0\1\0\0\0\0\0\0\4city\7example\0\0\xfc\0\1')]),
]


def pool(*turns):
    return tcp(INNER, OUTSIDE2, 3333, *turns)


XMR = b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"login":"48labwallet","pass":"x","agent":"XMRig/6.20.0"}}\n'
JOB = back(b'{"id":1,"jsonrpc":"2.0","error":null,"result":{"id":"1","job":{"blob":"0e0e","job_id":"x1","target":"b88d0600"},"status":"OK"}}\n')
POOLS = {610: 'supportxmr.com', 611: 'minexmr.com', 612: 'nanopool.org', 613: 'f2pool.com', 614: '2miners.com',
         615: 'c3pool.com', 616: 'moneroocean.stream', 617: 'hashvault.pro'}

MINING = [
    (S + 601, pool(b'{"id":1,"method":"mining.subscribe","params":["lab/1.0"]}\n'), pool(b'{"id":1,"topic":"mining.subscribe","text":"about"}\n')),
    (S + 602, pool(b'{"id":2,"method":"mining.authorize","params":["lab.1","x"]}\n'), pool(b'{"id":2,"topic":"mining.authorize","text":"about"}\n')),
    (S + 603, pool(XMR), pool(b'{"id":1,"jsonrpc":"2.0","method":"login","params":{"user":"lab","pass":"x"}}\n')),
    (S + 604, pool(XMR, JOB), pool(b'{"id":1,"method":"schedule"}\n', JOB)),
    (S + 605, pool(b'{"id":1,"method":"eth_submitLogin","params":["0xlab"]}\n'), pool(b'{"id":1,"method":"eth_blockNumber","params":[]}\n')),
] + [(S + n, ask('pool.' + d), ask('not' + d)) for n, d in POOLS.items()] + [
    (S + 620, hello('pool.supportxmr.com'), hello('notsupportxmr.com')),
    (S + 621, hello('xmr-eu1.nanopool.org'), hello('nanopool.org.city.example')),
    (S + 622, hello('auto.c3pool.com'), hello('auto.c3pool.com.cn')),
]


def rdp(client, cookie=b'Cookie: mstshash=lab\r\n'):
    body = b'\xe0\0\0\0\0\0' + cookie + b'\1\0\x08\0\3\0\0\0'
    return tcp(client, INNER, 3389, b'\3\0' + struct.pack('>HB', len(body) + 5, len(body)) + body)


def frp(text):
    return tcp(INNER, OUTSIDE2, 7000, b'o' + struct.pack('>Q', len(text)) + text)


REMOTE = [
    (S + 701, ask('slapi.oray.net'), ask('www.oray.com')),
    (S + 702, hello('client-api.oray.com'), hello('www.oray.com')),
    (S + 703, ask('authds.todesk.com'), ask('www.todesk.company.example')),
    (S + 704, hello('api.todesk.com'), hello('todesk.com.city.example')),
    (S + 705, ask('router7.teamviewer.com'), ask('www.teamviewer.com')),
    (S + 706, hello('master3.teamviewer.com'), hello('community.teamviewer.com')),
    (S + 707, ask('relay-9b21a5c0.net.anydesk.com'), ask('anydesk.com')),
    (S + 708, hello('boot.net.anydesk.com'), hello('download.anydesk.com')),
    (S + 709, ask('rs-ny.rustdesk.com'), ask('www.rustdesk.com')),
    (S + 711, rdp(OUTSIDE), [rdp(OFFICE), rdp(OUTSIDE, b'')]),
    (S + 721, frp(b'{"version":"0.51.3","hostname":"","os":"linux","privilege_key":"0a1b","timestamp":1789347600,"run_id":"","pool_count":1}'),
     frp(b'{"version":"0.51.3","hostname":"","os":"linux","timestamp":1789347600}')),
    (S + 722, tcp(INNER, OUTSIDE2, 8024, b'TST\x07\0\0\x000.26.10'), tcp(INNER, OUTSIDE2, 8024, b'TST message 0.26.10')),
    (S + 723, hello('connect.ngrok-agent.com'), hello('ngrok.com')),
    (S + 724, out(get('/', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: bGFi', 'Sec-WebSocket-Protocol: chisel-v3'), port=8080),
     out(get('/', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Key: bGFi', 'Sec-WebSocket-Protocol: chat, chisels'), port=8080)),
]


def smb(*turns, client=APP, port=445):
    return tcp(client, INNER, port, *turns)


def trans2(setup, mid=65):
    body = bytes([15]) + struct.pack('<HHHHBBHIHHHHHBBH', 12, 0, 1, 0, 0, 0, 0, 0xdeea6, 0, 12, 66, 0, 78, 1, 0, setup)
    return smb1('trans2', body + bytes(20), mid=mid)


def negotiated(dialect):
    return back(smb1('negotiate', struct.pack('<BH', 17, dialect) + bytes(40), True))


NEGOTIATE1 = smb1('negotiate', b'\0\x0c\0\2NT LM 0.12\0')
PEEK = netbios(b'\xffSMB\x25' + b'\0' * 27 + b'\x10' + bytes(40))


def peeked(status):
    return back(netbios(b'\xffSMB\x25' + struct.pack('<I', status) + b'\0' * 23 + b'\0\0\0'))


def compressed(size, offset):
    return smb(smb2_negotiate(), back(smb2_negotiated()), netbios(b'\xfcSMB' + struct.pack('<IHHI', size, 1, 0, offset) + bytes(60)))


SMB = [
    (S + 801, smb(NEGOTIATE1, negotiated(0)), smb(NEGOTIATE1, negotiated(0xffff))),
    (S + 802, smb(trans2(0x0e)), smb(trans2(0x05))),
    (S + 803, smb(PEEK, peeked(0xc0000205)), smb(PEEK, peeked(0xc0000022))),
    (S + 804, smb(trans2(0x0e), back(smb1('trans2', bytes(3), True, mid=0x51, status=0xc0000002))),
     smb(trans2(0x05), back(smb1('trans2', bytes(3), True, mid=0x51, status=0xc0000002)))),
    (S + 805, smb(smb2_create('PSEXESVC', 4)), smb(smb2_create('reports\\PSEXEC-manual.docx', 4))),
    (S + 806, smb(smb2_tree('\\\\10.20.5.20\\ADMIN$', 3)), smb(smb2_tree('\\\\10.20.5.20\\ADMIN', 3))),
    (S + 807, smb(smb2_tree('\\\\10.20.5.20\\IPC$', 3), client=OUTSIDE), smb(smb2_tree('\\\\10.20.5.20\\IPC$', 3))),
    (S + 808, smb(smb2_create('svcctl', 4)), smb(smb2_create('srvsvc', 4))),
    (S + 809, smb(smb2_create('atsvc', 4)), smb(smb2_create('wkssvc', 4))),
    (S + 810, smb(smb2_create('RemCom_communicaton', 4)), smb(smb2_create('RemComments.txt', 4))),
    (S + 811, compressed(0xffffffff, 0), compressed(4096, 16)),
]


def netlogon(credential, status):
    body = b'\0\0\0\0' + 'LAB-DC$'.encode('utf-16-le') + b'\0\0\0\0\0\0' + credential + b'\xff\xff\x2f\x21'
    head = struct.pack('<HH', len(body) + 24, 0) + struct.pack('<IIHH', 2, len(body), 0, 0x1a)
    answer = bytes.fromhex('05000203100000002c0000000200000014000000') + bytes(20) + struct.pack('<I', status)
    return tcp(APP, INNER, 49668, b'\5\0\0\3\x10\0\0\0' + head + body, back(answer))


SMB += [
    (S + 812, netlogon(bytes(8), 0xc0000022), netlogon(b'\x8d' + bytes(6) + b'\x11', 0xc0000022)),
    (S + 813, netlogon(bytes(8), 0), netlogon(b'\x8d' + bytes(6) + b'\x11', 0)),
]

BLOCK = 'Zm9yIHRoZSBsYWJvcmF0b3J5IG9ubHk' * 5 + '=='
IE = 'Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1)'


def shell(*lines, port=4444, server=OUTSIDE2):
    return tcp(INNER, server, port, *lines)


NO_TTY = b"/bin/sh: 0: can't access tty; job control turned off\n$ "
UID = b'uid=0(root) gid=0(root) groups=0(root)\n'

C2 = [
    (S + 901, out(request('/ga.js', agent=IE, headers=('Cookie: ' + BLOCK,))),
     [out(request('/ga.js', agent=IE, headers=('Cookie: sid=' + BLOCK,))), out(request('/app/main.js', agent=IE, headers=('Cookie: ' + BLOCK,)))]),
    (S + 902, out(request('/submit.php?id=48213', 'POST', body=b'\0\0\0\1x')), out(request('/submit.php?id=form-a', 'POST', body=b'x=1'))),
    (S + 905, shell(NO_TTY), shell(b'manual: a message about access to a tty and job control\n')),
    (S + 906, shell(b'bash: cannot set terminal process group (1): Inappropriate ioctl for device\nbash: no job control in this shell\n'),
     shell(b'note: there is no job control in this shellfish farm\n')),
    (S + 907, shell(b'Microsoft Windows [Version 10.0.19045.3570]\r\n(c) Microsoft Corporation.\r\n\r\nC:\\>'),
     [shell(b'os=Microsoft Windows [Version 10.0]\r\n'), shell(b'Microsoft Windows [Version 10.0.19045]\r\n', server=OFFICE)]),
    (S + 908, shell(NO_TTY, back(b'id\n'), UID), shell(b'log: ' + UID)),
    (S + 909, shell(b'Gh0st' + struct.pack('<II', 0x9f, 0xe0) + b'\x78\x9c' + bytes(146), port=8000), shell(b'Gh0st story club, meeting at 8', port=8000)),
    (S + 910, out(request('/tool.exe', agent='Mozilla/5.0 (Windows NT; Windows NT 10.0; zh-CN) WindowsPowerShell/5.1.19041.1')),
     out(request('/api/v2/packages.json', agent='Mozilla/5.0 (Windows NT; Windows NT 10.0; zh-CN) WindowsPowerShell/5.1.19041.1'))),
    (S + 911, tcp(INNER, OUTSIDE, 4444, b'\0', back(b'\0\xac\x02\0MZ' + bytes(200) + b'metsrv.x64.dll' + bytes(50))),
     tcp(INNER, OUTSIDE, 4444, b'\0', back(b'\0\xac\x02\0MZ' + bytes(200) + b'kernel32.dll' + bytes(50)))),
]


def redis(*words):
    return b'*%d\r\n' % len(words) + b''.join(b'$%d\r\n%s\r\n' % (len(w), w) for w in words)


def ntp(data):
    return many(6, udp(OUTSIDE, APP, 123, data))


ADB = b'CNXN' + struct.pack('<IIIII', 0x01000000, 4096, 7, 0x232, 0xb1a7b1bc)
INFO = back(b'$99\r\n# Server\r\nredis_version:6.0.16\r\nredis_git_sha1:00000000\r\n')

EXPOSED = [
    (S + 1001, tcp(APP, INNER, 6379, redis(b'CONFIG', b'SET', b'dir', b'/var/spool/cron'), back(b'-NOAUTH\r\n')),
     tcp(APP, INNER, 6379, redis(b'CONFIG', b'GET', b'dir'), back(b'*2\r\n$3\r\ndir\r\n$4\r\n/var\r\n'))),
    (S + 1002, tcp(OUTSIDE, INNER, 6379, redis(b'INFO'), INFO), [tcp(APP, INNER, 6379, redis(b'INFO'), INFO), tcp(OUTSIDE, INNER, 6379, redis(b'INFO'), back(b'-NOAUTH Authentication required.\r\n'))]),
    (S + 1003, tcp(APP, INNER, 6379, redis(b'SLAVEOF', b'203.0.113.66', b'6379'), back(b'-NOAUTH\r\n')), tcp(APP, INNER, 6379, redis(b'SLAVEOF', b'NO', b'ONE'), back(b'+OK\r\n'))),
    (S + 1004, tcp(APP, INNER, 6379, redis(b'CONFIG', b'SET', b'dbfilename', b'root'), back(b'+OK\r\n')),
     tcp(APP, INNER, 6379, redis(b'CONFIG', b'SET', b'maxmemory', b'1gb'), back(b'+OK\r\n'))),
    (S + 1005, web(post('/v1.41/containers/create', '{"Image":"x"}', kind='application/json'), port=2375), web(get('/v1.41/containers/json'), port=2375)),
    (S + 1006, web(get('/api/v1/secrets'), response(b'{"kind": "SecretList","apiVersion":"v1","items":[]}'), port=8080),
     [web(get('/api/v1/pods'), response(b'{"kind": "PodList","apiVersion":"v1","items":[]}'), port=8080),
      web(get('/api/v1/secrets'), response(b'{"kind": "SecretList","apiVersion":"v1","items":[]}'), client=APP, server=INNER, port=8080)]),
    (S + 1007, udp(OUTSIDE, INNER, 11211, b'\0\0\0\0\0\1\0\0stats\r\n'), udp(OUTSIDE, INNER, 11211, b'\0\0\0\0\0\1\0\0get stats-page\r\n')),
    (S + 1008, tcp(OUTSIDE, APP, 8000, b'JDWP-Handshake', back(b'JDWP-Handshake')), tcp(OFFICE, APP, 8000, b'JDWP-Handshake', back(b'JDWP-Handshake'))),
    (S + 1009, web(post('/ws/v1/cluster/apps/new-application', ''), port=8088), web(get('/ws/v1/cluster/apps'), port=8088)),
    (S + 1010, ntp(b'\x17\0\3\x2a' + bytes(4)), ntp(b'\x23\0\3\x20' + bytes(44))),
    (S + 1011, tcp(OUTSIDE, '10.40.3.7', 5555, ADB + b'host::\0'), tcp(OFFICE, '10.40.3.7', 5555, ADB + b'host::\0')),
    (S + 1012, web(get('/_cat/indices?v'), port=9200), [web(get('/_cat/indices?v'), port=9200, client=APP, server=INNER), web(get('/_cat/health'), port=9200)]),
]


def modbus(client, pdu):
    return tcp(client, PLC, 502, struct.pack('>HHHB', 1, 0, len(pdu) + 1, 1) + pdu, back(struct.pack('>HHHB', 1, 0, 3, 1) + b'\x81\1'))


def s7(client, parameter, data=b''):
    body = b'\x02\xf0\x80\x32\1\0\0\0\1' + struct.pack('>HH', len(parameter), len(data)) + parameter + data
    return tcp(client, PLC, 102, struct.pack('>BBH', 3, 0, len(body) + 4) + body)


def dnp3(function):
    return tcp(SCADA, PLC, 20000, bytes.fromhex('05640bc40100020012 34c0c1'.replace(' ', '')) + bytes([function]) + b'\0\0')


def iec104(client, kind, cause):
    return tcp(client, PLC, 2404, bytes([0x68, 14, 0, 0, 0, 0, kind, 1, cause, 0, 1, 0, 1, 0, 0, 0x81]))


def enip(command, client):
    return udp(client, PLC, 44818, struct.pack('<HHII8sI', command, 0, 0, 0, b'', 0))


def bacnet(client, service):
    return udp(client, PLC, 47808, bytes([0x81, 0x0a, 0, 0x0c, 1, 4, 0, 5, 1, service, 9, 0]))


AREA = bytes.fromhex('120a10020002000184000000')
ICS = [
    (S + 1101, modbus(OUTSIDE, b'\x06\0\1\0\3'), [modbus(OUTSIDE, b'\x03\0\0\0\x0a'), modbus(SCADA, b'\x06\0\1\0\3')]),
    (S + 1102, modbus(OUTSIDE, b'\x2b\x0e\1\0'), [modbus(SCADA, b'\x2b\x0e\1\0'), modbus(OUTSIDE, b'\x2b\x0d\1\0')]),
    (S + 1103, s7(SCADA, b'\x29\0\0\0\0\0\x09P_PROGRAM'), s7(SCADA, b'\x28\0\0\0\0\0\0\xfd\0\0\x09P_PROGRAM')),
    (S + 1104, s7(OUTSIDE, b'\5\1' + AREA, b'\0\4\0\x10\0\1'), [s7(SCADA, b'\5\1' + AREA, b'\0\4\0\x10\0\1'), s7(OUTSIDE, b'\4\1' + AREA)]),
    (S + 1105, enip(0x63, OUTSIDE), [enip(0x63, SCADA), enip(0x64, OUTSIDE)]),
    (S + 1106, dnp3(0x0d), dnp3(0x01)),
    (S + 1107, iec104(OUTSIDE, 45, 6), [iec104(SCADA, 45, 6), iec104(OUTSIDE, 100, 6)]),
    (S + 1108, bacnet(OUTSIDE, 0x14), [bacnet(SCADA, 0x14), bacnet(OUTSIDE, 0x0c)]),
]

THEMES = {'tls': TLS, 'cleartext': CLEARTEXT, 'dns': DNS, 'mining': MINING, 'remote': REMOTE, 'smb': SMB, 'c2': C2,
          'exposed': EXPOSED, 'ics': ICS}
