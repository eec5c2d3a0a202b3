#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A weak application and an outside server, for the captures of verdicts.

weak.py app ADDR PORT ROOT    weak in earnest, within the laboratory's namespaces: /read opens the
                              path it is given below ROOT, /item puts its id into a statement,
                              /ping starts one of four fixed commands, /put stores
weak.py out ADDR PORT         an outside server: a program to fetch, a controller's answers

Commands that call back go to documentation ranges only.
"""
import base64
import gzip
import os
import re
import socket
import sqlite3
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

COMMANDS = {'id': ['id'], 'ls': ['ls', '-l', '/usr/share/doc/bash']}
BACK = re.compile(r'/dev/tcp/((?:203\.0\.113|198\.51\.100)\.\d+)/(\d+)')
NAMED = re.compile(r'\$\{jndi:\w+://([a-z.]+\.example)[:/]')
JNDI = re.compile(r'\$\{jndi:\w+://((?:203\.0\.113|198\.51\.100)\.\d+):(\d+)')
BODY = '<!doctype html><html><head><title>%s</title></head><body><h1>%s</h1><p>办事指南与通知公告。</p></body></html>'


class Answer(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version, sys_version = 'lab/1', ''

    def say(self, body, code=200, kind='text/html; charset=utf-8', more=()):
        body = body if isinstance(body, bytes) else body.encode()
        self.send_response(code)
        self.send_header('Content-Type', kind)
        for name, value in more:
            self.send_header(name, value)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *a):
        pass


class App(Answer):
    def body(self):
        return self.rfile.read(int(self.headers.get('Content-Length') or 0)).decode('utf-8', 'replace')

    def call(self, where):
        try:
            with socket.create_connection((where[1], int(where[2])), 2) as s:
                s.sendall(b'bash: no job control in this shell\n$ ')
                s.settimeout(1)
                s.recv(256)
        except OSError:
            pass

    def do_GET(self):
        url = urlsplit(self.path)
        asked = {k: v[0] for k, v in parse_qs(url.query).items()}
        jndi = JNDI.search(self.headers.get('User-Agent', ''))
        if jndi and 'patched' not in self.headers.get('Host', ''):
            self.call(jndi)
        named = NAMED.search(self.headers.get('User-Agent', ''))
        if named:
            subprocess.run(['dig', '+tries=1', '+time=1', '@10.10.1.53', named[1], 'A'], capture_output=True)
        if url.path == '/read':
            return self.read(asked.get('file', ''))
        if url.path == '/item':
            return self.item(asked.get('id', ''), asked.get('safe'))
        if url.path == '/ping':
            return self.ping(unquote(asked.get('host', '')))
        if url.path == '/boom':
            return self.say(BODY % ('500', 'Internal Server Error'), 500)
        if url.path == '/slow':
            return self.say(BODY % ('x', 'y') * 2000)
        return self.say(BODY % ('首页', '政务服务'))

    def read(self, name):
        try:
            data = open(os.path.join(ROOT, 'www', name), 'rb').read()
        except OSError:
            return self.say(BODY % ('404', 'Not Found'), 404)
        if 'gzip' in self.headers.get('Accept-Encoding', ''):
            return self.say(gzip.compress(data, mtime=0), kind='text/plain', more=[('Content-Encoding', 'gzip')])
        return self.say(data, kind='text/plain')

    def item(self, key, safe):
        base = sqlite3.connect(':memory:')
        base.execute('create table item(id text, name text)')
        try:
            rows = base.execute('select name from item where id=?', (key,)) if safe else base.execute(
                "select name from item where id='%s'" % key)
            return self.say(BODY % ('list', 'rows: %d' % len(list(rows))))
        except sqlite3.Error as why:
            return self.say(BODY % ('error', 'database: ' + str(why)))

    def ping(self, host):
        extra = host.partition(';')[2].strip()
        back = BACK.search(extra)
        if back:
            self.call(back)
        out = subprocess.run(COMMANDS[extra], capture_output=True).stdout if extra in COMMANDS else b''
        return self.say(b'<pre>PING\n' + out + b'</pre>')

    def do_POST(self):
        text = self.body()
        cmd = parse_qs(text).get('cmd', [''])[0]
        if self.path.startswith('/upload/') and self.path.endswith('.jsp') and 'gone' not in self.path:
            out = subprocess.run(COMMANDS[cmd], capture_output=True).stdout if cmd in COMMANDS else b'no\n'
            return self.say(base64.b64encode(out) if 'b64' in text else out, kind='text/plain')
        return self.say(BODY % ('404', 'Not Found'), 404)

    def do_PUT(self):
        self.body()
        return self.say('', 201) if 'open' in self.path else self.say(BODY % ('405', 'no'), 405)


class Out(Answer):
    def do_GET(self):
        if 'gone' in self.path:
            return self.say('nothing', 404)
        if 'cut' in self.path:
            self.send_response(200)
            self.send_header('Content-Type', 'application/octet-stream')
            self.send_header('Content-Length', '60000')
            self.end_headers()
            self.wfile.write(b'MZ\x90\x00' + b'laboratory' * 400)
            self.close_connection = True
            return None
        if 'update.exe' in self.path:
            return self.say(b'MZ\x90\x00' + b'laboratory, no program ' * 300, kind='application/octet-stream')
        return self.say(base64.b64encode(b'sleep 60'), kind='text/plain')

    def do_POST(self):
        self.rfile.read(int(self.headers.get('Content-Length') or 0))
        self.say('ok', kind='text/plain')


if __name__ == '__main__':
    ROOT = sys.argv[4] if len(sys.argv) > 4 else ''
    ThreadingHTTPServer((sys.argv[2], int(sys.argv[3])), App if sys.argv[1] == 'app' else Out).serve_forever()
