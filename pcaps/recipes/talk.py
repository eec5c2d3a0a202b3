# SPDX-License-Identifier: Apache-2.0
"""Who speaks to whom in the signatures' captures: small verbs over craft.py.
Each verb returns a function that plays the exchange into a Capture."""
from craft import IP, ICMP, UA, Ether, Raw, client_hello, dns, mac, request, response, server_hello  # noqa: F401

OUTSIDE, OUTSIDE2, APP, INNER, OFFICE, RESOLVER = (
    '203.0.113.66', '198.51.100.80', '10.10.1.20', '10.20.5.20', '10.10.8.31', '10.10.1.53')
PLC, SCADA = '10.50.2.10', '10.50.1.9'


def tcp(client, server, port, *turns):
    """turns: bytes to the server, or ('<', bytes) back"""
    def act(cap):
        s = cap.tcp(client, server, port)
        for turn in turns:
            if isinstance(turn, tuple):
                s.down(turn[1])
            else:
                s.up(turn)
        s.close()
    return act


def back(data):
    return ('<', data)


def udp(client, server, port, ask, reply=None):
    return lambda cap: cap.udp(client, server, port, ask, reply)


def web(up, down=None, client=OUTSIDE, server=APP, port=80):
    """a request from outside to an application of ours"""
    return tcp(client, server, port, up, back(down or response()))


def out(up, down=None, client=INNER, server=OUTSIDE2, port=80):
    """a request from inside to somewhere outside"""
    return tcp(client, server, port, up, back(down or response()))


def get(target, *headers, **kw):
    return request(target, headers=headers, **kw)


def post(target, body, *headers, kind='application/x-www-form-urlencoded', **kw):
    return request(target, 'POST', body=body if isinstance(body, bytes) else body.encode(),
                   headers=('Content-Type: ' + kind, *headers), **kw)


def form_file(name, kind, text):
    body = ('--frontier\r\nContent-Disposition: form-data; name="file"; filename="%s"\r\nContent-Type: %s\r\n\r\n%s'
            '\r\n--frontier--\r\n' % (name, kind, text)).encode()
    return request('/upload.do', 'POST', body=body, headers=('Content-Type: multipart/form-data; boundary=frontier',))


def agent(text, target='/'):
    return web(request(target, agent=text))


def ask(name, kind='A', client=INNER, server=RESOLVER, data=b'\xc0\x00\x02\x09'):
    return udp(client, server, 53, *dns(name, kind, data))


def hello(sni, client=INNER, server=OUTSIDE2):
    return tcp(client, server, 443, client_hello(sni), back(server_hello()))


def ping(data, client=OUTSIDE, server=APP):
    def act(cap):
        for a, b, kind in ((client, server, 8), (server, client, 0)):
            layers = ICMP(type=kind, id=7, seq=len(cap.packets))
            cap.put(a, b, layers / Raw(data) if data else layers, 0.01)
    return act


def many(n, act):
    def acts(cap):
        for i in range(n):
            (act(i) if act.__name__ == 'numbered' else act)(cap)
    return acts


def numbered(make):
    """for many(): an exchange that depends on its number"""
    def numbered(i):  # noqa: A001 - the name is the mark
        return make(i)
    return numbered
