#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for an exploitable web application.

It runs nothing, keeps nothing, and answers from a table the way an exploited
application would. Only two kinds of address are ever called back, both
documentation ranges, so it is of no use outside the laboratory.
"""
import re
import socket
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

PAGE = '<!doctype html><meta charset="utf-8"><title>办件系统</title><h1>网上办件系统</h1><p>请登录后提交材料。</p>'
SAYS = {
    'id': 'uid=0(root) gid=0(root) groups=0(root)\n',
    'whoami': 'root\n',
    'hostname': 'app01\n',
    'uname -a': 'Linux app01 5.10.0-28-amd64 #1 SMP Debian 5.10.209-2 x86_64 GNU/Linux\n',
    'ip addr': '2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n'
               '    inet 10.10.1.20/24 brd 10.10.1.255 scope global eth0\n',
    'cat /etc/passwd': 'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n'
                       'tomcat:x:998:998::/opt/tomcat:/bin/false\n',
    'cat /opt/app/db.properties': 'jdbc.url=jdbc:mysql://10.20.5.20:3306/affairs\njdbc.user=affairs\n',
    'ss -ant': 'State Recv-Q Send-Q Local Address:Port Peer Address:Port\n'
               'ESTAB 0 0 10.10.1.20:41822 10.20.5.20:22\n',
}
JNDI = re.compile(r'\$\{jndi:ldap://((?:203\.0\.113|198\.51\.100)\.\d+):(\d+)/')
LDAP_BIND = bytes.fromhex('300c020101600702010304008000')
LDAP_SEARCH = bytes.fromhex('302c02010263270407') + b'Exploit' + bytes.fromhex(
    '0a01000a0100020100020100010100870b') + b'objectClass' + bytes.fromhex('3000')


def look_up(host, port):
    """What a vulnerable logger does: ask LDAP, follow the answer, run nothing."""
    with socket.create_connection((host, port), 3) as s:
        s.sendall(LDAP_BIND)
        s.recv(512)
        s.sendall(LDAP_SEARCH)
        code_base = re.search(rb'http://([0-9.]+):(\d+)/', s.recv(2048))
    if code_base:
        with socket.create_connection((code_base[1].decode(), int(code_base[2])), 3) as s:
            s.sendall(b'GET /Exploit.class HTTP/1.1\r\nUser-Agent: Java/1.8.0_181\r\nHost: %s:%s\r\n'
                      b'Accept: text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2\r\n'
                      b'Connection: close\r\n\r\n' % code_base.groups())
            while s.recv(4096):
                pass


class App(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version, sys_version = 'Apache-Coyote/1.1', ''

    def say(self, text, code=200, kind='text/html;charset=UTF-8'):
        body = text.encode()
        self.send_response(code)
        self.send_header('Content-Type', kind)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self):
        body = self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode('utf-8', 'replace')
        parts = urlsplit(self.path)
        asked = {**parse_qs(parts.query), **parse_qs(body)}
        for value in self.headers.values():
            hit = JNDI.search(value)
            if hit:
                look_up(hit[1], int(hit[2]))
        if '#cmd=' in unquote(self.headers.get('Content-Type', '')):
            return self.say(SAYS['id'], kind='text/plain')
        if parts.path == '/upload.do':
            return self.say('{"code":0,"path":"/upload/help.jsp"}', kind='application/json')
        if parts.path == '/upload/help.jsp':
            return self.say(SAYS.get(asked.get('cmd', [''])[0], ''), kind='text/plain')
        if parts.path in ('/', '/login.do', '/status'):
            return self.say(PAGE)
        return self.say('<h1>404</h1>', 404)

    do_GET = do_POST = do_PUT = answer

    def log_message(self, *_):
        pass


socket.getfqdn = str  # the server class would ask DNS for its own name
ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), App).serve_forever()
