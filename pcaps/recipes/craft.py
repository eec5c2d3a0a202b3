# SPDX-License-Identifier: Apache-2.0
"""Hand-built captures: whole TCP conversations and datagrams with right
checksums, in Ethernet frames, with a clock of their own. Same input, same bytes.

    cap = Capture()
    s = cap.tcp('192.0.2.21', '10.10.1.10', 80)
    s.up(b'GET / ...'); s.down(b'HTTP/1.1 200 ...'); s.close()
    cap.udp('10.10.8.31', '10.10.1.53', 53, query, answer)
    cap.write('x.pcap')
"""
import struct
import zlib

from scapy.layers.inet import IP, TCP, UDP, ICMP  # noqa: F401
from scapy.layers.l2 import Ether
from scapy.packet import Raw
from scapy.utils import wrpcap

START = 1789347600.0  # 2026-09-14 01:00:00 UTC, 09:00 in Beijing
MSS = 1460


def mac(ip):
    return '02:57:%02x:%02x:%02x:%02x' % tuple(int(x) for x in ip.split('.'))


class Capture:
    def __init__(self, start=START):
        self.now, self.packets, self.next_port = start, [], 40001

    def put(self, src, dst, layers, gap=0.0006):
        self.now += gap
        frame = Ether(src=mac(src), dst=mac(dst)) / IP(
            src=src, dst=dst, id=len(self.packets) + 1, flags='DF') / layers
        frame.time = round(self.now, 6)
        self.packets.append(frame)

    def port(self):
        self.next_port += 1
        return self.next_port

    def tcp(self, client, server, dport, sport=None):
        return Stream(self, client, server, sport or self.port(), dport)

    def udp(self, client, server, dport, ask=None, reply=None, sport=None):
        sport = sport or self.port()
        if ask is not None:
            self.put(client, server, UDP(sport=sport, dport=dport) / Raw(ask), 0.01)
        if reply is not None:
            self.put(server, client, UDP(sport=dport, dport=sport) / Raw(reply), 0.002)
        return sport

    def wait(self, seconds):
        self.now += seconds

    def write(self, path):
        wrpcap(path, self.packets)


class Stream:
    """One TCP conversation; opens itself, acknowledges every segment."""

    def __init__(self, cap, client, server, sport, dport):
        self.cap, self.ends, self.ports = cap, (client, server), (sport, dport)
        seed = zlib.crc32(repr((client, server, sport, dport)).encode())
        self.seq = [seed & 0xffffffff, (seed * 2654435761) & 0xffffffff]
        self._send(0, 'S', options=[('MSS', MSS), ('NOP', None), ('WScale', 7)], gap=0.01)
        self._send(1, 'SA', options=[('MSS', MSS), ('NOP', None), ('WScale', 7)])
        self._send(0, 'A')

    def _send(self, side, flags, data=b'', options=(), gap=0.0006):
        seg = TCP(sport=self.ports[side], dport=self.ports[1 - side], flags=flags,
                  seq=self.seq[side], ack=0 if flags == 'S' else self.seq[1 - side],
                  window=64240, options=list(options))
        self.cap.put(self.ends[side], self.ends[1 - side], seg / Raw(data) if data else seg, gap)
        self.seq[side] = (self.seq[side] + len(data) + ('S' in flags) + ('F' in flags)) & 0xffffffff

    def _data(self, side, data):
        for i in range(0, len(data), MSS):
            self._send(side, 'PA', data[i:i + MSS])
            self._send(1 - side, 'A')
        return self

    def up(self, data):
        return self._data(0, data)

    def down(self, data):
        return self._data(1, data)

    def close(self):
        self._send(0, 'FA')
        self._send(1, 'FA')
        self._send(0, 'A')
        return self


# --- a few protocols ---------------------------------------------------------

UA = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'


def request(target, method='GET', host='www.city.example', body=b'', agent=UA, headers=()):
    lines = ['%s %s HTTP/1.1' % (method, target), 'Host: ' + host]
    if agent:
        lines.append('User-Agent: ' + agent)
    lines += ['Accept: */*', *headers]
    if body or method == 'POST':
        lines.append('Content-Length: %d' % len(body))
    return '\r\n'.join(lines + ['', '']).encode() + body


def response(body=b'<html>ok</html>', code='200 OK', kind='text/html', headers=()):
    lines = ['HTTP/1.1 ' + code, 'Server: nginx', 'Content-Type: ' + kind,
             'Content-Length: %d' % len(body), *headers]
    return '\r\n'.join(lines + ['', '']).encode() + body


def dns_name(name):
    return b''.join(bytes([len(x)]) + x.encode() for x in name.split('.')) + b'\0'


TYPES = {'A': 1, 'NULL': 10, 'TXT': 16, 'AAAA': 28}


def dns(name, kind='A', data=None, ident=0x1a2b, code=0):
    """(query, answer) for one question; answer data as bytes, or none."""
    question = dns_name(name) + struct.pack('>HH', TYPES[kind], 1)
    query = struct.pack('>6H', ident, 0x0100, 1, 0, 0, 0) + question
    answer = struct.pack('>6H', ident, 0x8180 | code, 1, data is not None, 0, 0) + question
    if data is not None:
        answer += b'\xc0\x0c' + struct.pack('>HHIH', TYPES[kind], 1, 60, len(data)) + data
    return query, answer


def vec(width, data):
    return len(data).to_bytes(width, 'big') + data


def tls_record(kind, data, version=0x0303):
    return bytes([kind]) + struct.pack('>HH', version, len(data)) + data


def client_hello(sni=None, version=0x0303, record=0x0301, suites=(0xc02f, 0xc030, 0x009c, 0x009d)):
    extensions = b''
    if sni:
        extensions += b'\0\0' + vec(2, vec(2, b'\0' + vec(2, sni.encode())))
    extensions += bytes.fromhex('000a00080006001d00170018') + bytes.fromhex('000b00020100')
    extensions += bytes.fromhex('000d000a0008040308040401 0501'.replace(' ', ''))
    body = struct.pack('>H', version) + bytes(range(32)) + b'\0' + vec(
        2, b''.join(struct.pack('>H', s) for s in suites)) + b'\1\0' + vec(2, extensions)
    return tls_record(22, b'\1' + vec(3, body), record)


def server_hello(version=0x0303, suite=0xc02f, record=None):
    body = struct.pack('>H', version) + bytes(range(32, 64)) + vec(1, bytes(range(32))) + struct.pack('>H', suite) + b'\0'
    return tls_record(22, b'\2' + vec(3, body), record or version)


SMB_NAMES = {'negotiate': 0x72, 'setup': 0x73, 'tree': 0x75, 'trans2': 0x32, 'nt_trans': 0xa0}


def smb1(command, body, reply=False, tree=0, user=0, mid=64, status=0):
    head = b'\xffSMB' + bytes([SMB_NAMES[command]]) + struct.pack('<I', status)
    head += b'\x98' if reply else b'\x18'
    head += struct.pack('<HH8sHHHHH', 0xc807, 0, b'', 0, tree, 0xfeff, user, mid)
    return netbios(head + body)


def smb2(command, body, reply=False, message=1, tree=0, session=0, status=0):
    head = b'\xfeSMB' + struct.pack('<HHIHHIIQIIQ16s', 64, 1, status, command, 1, int(reply), 0,
                                    message, 0xfeff, tree, session, b'')
    return netbios(head + body)


def netbios(data):
    return b'\0' + len(data).to_bytes(3, 'big') + data


def smb2_negotiate():
    return smb2(0, struct.pack('<HHHHI16sQ', 36, 2, 1, 0, 0x7f, b'c' * 16, 0) + struct.pack('<HH', 0x0202, 0x0210), message=0)


def smb2_negotiated():
    return smb2(0, struct.pack('<HHHHQQIIIIQQHHI', 65, 1, 0x0210, 0, 1, 2, 1, 0x100000, 0x100000, 0x100000, 0, 0, 128, 0, 0),
                True, message=0)


def smb2_create(name, message, tree=1, session=0x11):
    path = name.encode('utf-16-le')
    body = struct.pack('<HBBIQQIIIIIHHII', 57, 0, 0, 2, 0, 0, 0x12019f, 0, 7, 1, 0x40, 120, len(path), 0, 0)
    return smb2(5, body + path, message=message, tree=tree, session=session)


def smb2_tree(path, message, session=0x11):
    name = path.encode('utf-16-le')
    return smb2(3, struct.pack('<HHHH', 9, 0, 72, len(name)) + name, message=message, session=session)


def smb2_ok(command, message, tree=1, session=0x11, size=16):
    return smb2(command, struct.pack('<H', size | 1) + bytes(size - 2), True, message, tree, session)
