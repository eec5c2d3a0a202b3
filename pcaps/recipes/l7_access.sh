#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-access-telnet.pcap	inetutils telnetd and telnet	an administrator logs in, with a wrong password first
# makes: l7-access-vnc.pcap	TigerVNC, Python	VNC's authentication, refused and passed
# makes: l7-access-rdp.pcap	xrdp, xfreerdp	RDP with TLS, and with its own encryption, where names are in clear
# makes: l7-access-sip.pcap	sipp	two calls with their media descriptions, a registration that is refused
# makes: l7-access-rtsp.pcap	GStreamer's RTSP server, Python	a camera is asked for its sound, without, with a wrong and with the right password; what it sends
. "$(dirname "$0")/lib.sh"
need telnetd:inetutils-telnetd telnet:inetutils-telnet Xtigervnc:tigervnc-standalone-server tigervncpasswd:tigervnc-tools \
	xrdp:xrdp xfreerdp:freerdp2-x11 Xvfb:xvfb sipp:sip-tester expect:expect
quiet /usr/bin/python3 -c 'import gi; gi.require_version("GstRtspServer", "1.0")' ||
	quiet apt-get install -y --no-install-recommends gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-good python3-gi
lab admin inner
A=${ADDR[inner]}
D=$TMP/inner
cd "$TMP"
only=${1:-telnet vnc rdp sip rtsp}
wanted() { [[ " $only " == *" $1 "* ]]; }

if wanted telnet; then
	accounts "$D" operator 'Inner#2020'
	cat >telnetd.py <<-'PY'
		import socket, subprocess, sys
		s = socket.create_server((sys.argv[1], 23))
		while True:
		    c, _ = s.accept()
		    subprocess.run(["telnetd", "-h"], stdin=c, stdout=c, stderr=subprocess.DEVNULL)
		    c.close()
	PY
	# a machine with a name of its own, nothing to say at a login and no memory of earlier ones
	mkdir -p motd.d
	touch lastlog wtmp
	as_host inner "$D" unshare -u bash -c 'cd "$1"; mount --bind motd.d /etc/update-motd.d
		mount --bind lastlog /var/log/lastlog; mount --bind wtmp /var/log/wtmp
		for f in /etc/resolv.conf /etc/motd /run/motd.dynamic; do mount --bind /dev/null $f; done
		hostname inner; exec /usr/bin/python3 telnetd.py "$2"' sh "$TMP" "$A"
	sleep 1
	cat >telnet.exp <<-'EXP'
		set timeout 30
		spawn telnet [lindex $argv 0]
		foreach word {inner2020 Inner#2020} {
		    expect "login: "
		    send "operator\r"
		    expect "assword: "
		    send "$word\r"
		}
		expect {$ }
		send "id -un\r"
		expect {$ }
		send "exit\r"
		expect eof
	EXP
	record "$OUT/l7-access-telnet.pcap"
	on admin env TERM=vt100 USER=operator expect telnet.exp "$A" >telnet.log || true
	finish
fi

if wanted vnc; then
	printf 'Inner20\n' | tigervncpasswd -f >vncpass
	serve inner Xtigervnc :1 -geometry 320x200 -depth 16 -rfbport 5901 -SecurityTypes VncAuth -PasswordFile "$TMP/vncpass" -desktop 'inner:1 (operator)'
	serve inner Xtigervnc :2 -geometry 320x200 -depth 16 -rfbport 5902 -SecurityTypes None -desktop 'open desk'
	port inner "$A" 5901
	port inner "$A" 5902
	cat >vnc.py <<-'PY'
		import socket, subprocess, sys
		def des(word, block):  # VNC turns the bits of each byte of the password round
		    key = bytes(int(f"{b:08b}"[::-1], 2) for b in word.encode()[:8].ljust(8, b"\0"))
		    return subprocess.run(["openssl", "enc", "-des-ecb", "-nopad", "-K", key.hex(), "-provider", "legacy",
		                           "-provider", "default"], input=block, capture_output=True, check=True).stdout
		def talk(port, version, word):
		    s = socket.create_connection((sys.argv[1], port), 5)
		    f = s.makefile("rb")
		    f.read(12)
		    s.sendall(version)
		    if version == b"RFB 003.003\n":
		        kind = int.from_bytes(f.read(4), "big")
		    else:
		        kind = f.read(f.read(1)[0])[0]
		        s.sendall(bytes([kind]))
		    if kind == 2:
		        s.sendall(des(word, f.read(16)))
		    if kind == 2 or version == b"RFB 003.008\n":
		        if int.from_bytes(f.read(4), "big"):
		            s.close()
		            return
		    s.sendall(b"\1")
		    f.read(int.from_bytes(f.read(24)[20:], "big"))
		    s.close()
		talk(5901, b"RFB 003.008\n", "inner20")
		talk(5901, b"RFB 003.008\n", "Inner20")
		talk(5901, b"RFB 003.003\n", "Inner20")
		talk(5902, b"RFB 003.008\n", "")
	PY
	record "$OUT/l7-access-vnc.pcap"
	on admin /usr/bin/python3 vnc.py "$A"
	finish
fi

if wanted rdp; then
	certificate "$D" inner.city.example
	mkdir -p xrdp
	for n in 1 2; do
		layer=tls
		[ $n = 2 ] && layer=rdp
		sed -e "s|^port=.*3389|port=tcp://$A:$((3388 + n))|; s|^security_layer=.*|security_layer=$layer|" \
			-e "s|^certificate=.*|certificate=$D/cert.pem|; s|^key_file=.*|key_file=$D/key.pem|" \
			-e "s|^LogFile=.*|LogFile=$TMP/xrdp.log|; s|^EnableSyslog=.*|EnableSyslog=false|" /etc/xrdp/xrdp.ini >"xrdp/$n.ini"
		serve inner bash -c "mkdir -p /var/run/xrdp; exec xrdp --nodaemon --config $TMP/xrdp/$n.ini"
		port inner "$A" $((3388 + n))
	done
	serve admin Xvfb :7 -screen 0 640x480x24 -nolisten tcp
	sleep 1
	rdp() {
		on admin env DISPLAY=:7 HOME="$TMP" timeout 5 xfreerdp /v:"$A:$1" /u:operator /p:'Inner#2020' /d:CITY \
			/cert:ignore /w:640 /h:480 /bpp:16 /client-hostname:ADMIN-11 "${@:2}" >>rdp.log 2>&1 || true
	}
	record "$OUT/l7-access-rdp.pcap"
	rdp 3389 /sec:tls +auth-only
	rdp 3390 /sec:rdp +auth-only
	finish
fi

if wanted sip; then
	serve inner sipp -sn uas -i "$A" -p 5060 -nostdin -rtp_echo
	sleep 1
	cat >register.xml <<-'XML'
		<?xml version="1.0" encoding="ISO-8859-1" ?>
		<scenario name="register">
		<send><![CDATA[
		REGISTER sip:city.example SIP/2.0
		Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
		From: "Li" <sip:2011@city.example>;tag=[call_number]
		To: <sip:2011@city.example>
		Call-ID: [call_id]
		CSeq: 1 REGISTER
		Contact: <sip:2011@[local_ip]:[local_port]>
		Authorization: Digest username="2011", realm="city.example", nonce="6f1d", uri="sip:city.example", response="0123456789abcdef0123456789abcdef"
		User-Agent: desk phone 1.0
		Expires: 3600
		Content-Length: 0

		]]></send>
		<recv response="200" optional="true"></recv>
		<recv response="403"></recv>
		</scenario>
	XML
	cat >refuse.xml <<-'XML'
		<?xml version="1.0" encoding="ISO-8859-1" ?>
		<scenario name="refuse">
		<recv request="REGISTER"></recv>
		<send><![CDATA[
		SIP/2.0 403 Forbidden
		[last_Via:]
		[last_From:]
		[last_To:];tag=[call_number]
		[last_Call-ID:]
		[last_CSeq:]
		Server: city switchboard
		Content-Length: 0

		]]></send>
		</scenario>
	XML
	serve inner sipp -sf refuse.xml -i "$A" -p 5062 -nostdin
	sleep 1
	record "$OUT/l7-access-sip.pcap"
	on admin timeout 20 sipp -sn uac "$A:5060" -i "${ADDR[admin]}" -p 5060 -m 1 -d 300 -s 2012 -nostdin >sip.log 2>&1 || true
	on admin timeout 20 sipp -sn uac "$A:5060" -i "${ADDR[admin]}" -p 5064 -m 1 -d 300 -s 2013 -nostdin >>sip.log 2>&1 || true
	on admin timeout 20 sipp -sf register.xml "$A:5062" -i "${ADDR[admin]}" -p 5066 -m 1 -nostdin >>sip.log 2>&1 || true
	finish
fi

if wanted rtsp; then
	cat >camera.py <<-'PY'
		import sys, gi
		gi.require_version("Gst", "1.0"); gi.require_version("GstRtspServer", "1.0")
		from gi.repository import Gst, GstRtspServer, GLib
		Gst.init(None)
		server = GstRtspServer.RTSPServer.new()
		server.set_address(sys.argv[1]); server.set_service("554")
		auth = GstRtspServer.RTSPAuth.new()
		token = GstRtspServer.RTSPToken.new()
		token.set_string("media.factory.role", "operator")
		auth.add_basic(GstRtspServer.RTSPAuth.make_basic("operator", "Camera-20"), token)
		server.set_auth(auth)
		factory = GstRtspServer.RTSPMediaFactory.new()
		factory.set_launch("( audiotestsrc samplesperbuffer=160 ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay0 )")
		factory.add_role_from_structure(Gst.Structure.new_from_string(
		    "operator,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"))
		server.get_mount_points().add_factory("/gate", factory)
		server.attach(None)
		GLib.MainLoop().run()
	PY
	serve inner /usr/bin/python3 camera.py "$A"
	port inner "$A" 554
	cat >viewer.py <<-'PY'
		import base64, re, socket, sys, time
		s = socket.create_connection((sys.argv[1], 554), 5)
		f, url, n = s.makefile("rb"), f"rtsp://{sys.argv[1]}/gate", 0
		media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); media.bind(("0.0.0.0", 6000))
		def ask(method, to, *lines):
		    global n
		    n += 1
		    s.sendall("\r\n".join([f"{method} {to} RTSP/1.0", f"CSeq: {n}", "User-Agent: gate viewer 1.0", *lines, "", ""]).encode())
		    head = b""
		    while not head.endswith(b"\r\n\r\n"):
		        head += f.readline()
		    length = re.search(rb"(?i)content-length: *(\d+)", head)
		    return head.decode(), f.read(int(length[1])).decode() if length else ""
		print(*ask("OPTIONS", url)); print(*ask("DESCRIBE", url, "Accept: application/sdp"))
		for word in ("camera20", "Camera-20"):
		    basic = "Authorization: Basic " + base64.b64encode(f"operator:{word}".encode()).decode()
		    head, sdp = ask("DESCRIBE", url, basic, "Accept: application/sdp"); print(head, sdp)
		control = re.search(r"m=audio.*?a=control:(\S+)", sdp, re.S)[1]
		track = control if "://" in control else f"{url}/{control}"
		head, _ = ask("SETUP", track, basic, "Transport: RTP/AVP;unicast;client_port=6000-6001"); print(head)
		session = "Session: " + re.search(r"Session: *([^;\r]+)", head)[1]
		print(*ask("PLAY", url, basic, session, "Range: npt=0-"))
		media.settimeout(3)
		for _ in range(8):
		    media.recv(2000)
		print(*ask("TEARDOWN", url, basic, session))
		s.close()
	PY
	record "$OUT/l7-access-rtsp.pcap"
	on admin /usr/bin/python3 viewer.py "$A" >rtsp.log || cat "$TMP/serve.log" rtsp.log >&2
	finish
fi
