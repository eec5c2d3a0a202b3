#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7_mail.pcap	OpenSMTPD, Dovecot, Python, curl	a mail with three files is sent by SMTP, fetched by POP3 and IMAP and filed by IMAP; two logins are refused
. "$(dirname "$0")/lib.sh"
need smtpd:opensmtpd dovecot:dovecot-imapd curl:curl python3:python3-minimal
[ -f /usr/lib/dovecot/pop3-login ] || need pop3-login:dovecot-pop3d
lab office portal
D=$TMP/portal
SERVER=${ADDR[portal]}
accounts "$D" clerk 'Mail#2026'
mkdir -p "$D/spool" "$D/run" "$D/base"
chmod 711 "$D/spool"
chmod 755 "$D"
cat >"$D/smtpd.conf" <<CONF
listen on $SERVER hostname mail.city.example
table aliases { clerk = clerk }
action "store" maildir "$D/home/Maildir" alias <aliases>
match from any for domain "city.example" action "store"
CONF
cat >"$D/dovecot.conf" <<CONF
base_dir = $D/base
log_path = $D/dovecot.log
protocols = imap pop3
listen = $SERVER
ssl = no
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:$D/home/Maildir
first_valid_uid = 1
default_internal_user = dovecot
passdb {
  driver = passwd-file
  args = scheme=PLAIN $D/users
}
userdb {
  driver = static
  args = uid=4242 gid=4242 home=$D/home
}
auth_failure_delay = 0
CONF
echo 'nameserver 127.0.0.1' >"$D/resolv.conf" # nobody answers, and at once
printf 'clerk:Mail#2026\n' >"$D/users"
chmod 644 "$D/users"
serve portal bash -c 'mount --bind "$0/passwd" /etc/passwd; mount --bind "$0/shadow" /etc/shadow
	mount --bind "$0/resolv.conf" /etc/resolv.conf; mount --bind "$0/spool" /var/spool/smtpd; mount -t tmpfs none /var/run; chmod 711 /var/spool/smtpd
	exec /usr/sbin/smtpd -d -f "$0/smtpd.conf"' "$D"
serve portal "$(PATH=$PATH:/usr/sbin command -v dovecot)" -F -c "$D/dovecot.conf"
port portal "$SERVER" 25
port portal "$SERVER" 110
port portal "$SERVER" 143
cat >"$TMP/send.py" <<'PYTHON'
import email.message, smtplib, sys
m = email.message.EmailMessage()
m["From"] = "=?utf-8?b?5byg5LiJ?= <zhang@office.example>"
m["To"] = "clerk@city.example, Li Si <lisi@city.example>"
m["Cc"] = "archive@city.example"
m["Subject"] = "企业登记材料 2026-08"
m["Date"] = "Sun, 22 Nov 2026 10:00:00 +0000"
m["Message-ID"] = "<20261122.1@office.example>"
m["X-Mailer"] = "lab mailer 1"
m.set_content("See https://portal.city.example/forms?id=7 and http://news.example/a.html.\n", cte="7bit")
m.add_alternative('<p><a href="http://hidden.example/%7Ex">办事指南</a></p>\n', subtype="html", cte="quoted-printable")
m.add_attachment(bytes((i * i // 7 + i) & 255 for i in range(5000)), "application", "octet-stream", filename="data.bin")
m.add_attachment("表格 one\n.two\n".encode() * 40, "text", "csv", filename="登记表.csv")
m.add_attachment(b"", "application", "pdf", filename="empty.pdf")
with smtplib.SMTP(sys.argv[1], 25, local_hostname="pc31.office.example") as s:
    s.send_message(m, "zhang@office.example", ["clerk@city.example"])
    try:
        s.sendmail("zhang@office.example", ["x@elsewhere.example"], b"Subject: relay\r\n\r\nx\r\n")
    except smtplib.SMTPException:
        pass
PYTHON
cat >"$TMP/file.py" <<'PYTHON'
import imaplib, sys
with imaplib.IMAP4(sys.argv[1]) as c:
    try:
        c.login("clerk", "mail2026")
    except imaplib.IMAP4.error:
        pass
    c.authenticate("PLAIN", lambda _: b"\0clerk\0Mail#2026")
    c.select("INBOX")
    _, got = c.fetch("1", "(UID FLAGS BODY.PEEK[])")
    c.create("Done")
    c.append("Done", "\\Seen", None, got[0][1])
PYTHON
record "$OUT/l7_mail.pcap"
on office python3 "$TMP/send.py" "$SERVER"
for _ in $(seq 50); do
	ls "$D/home/Maildir/new/"* >/dev/null 2>&1 && break
	sleep 0.1
done
on office curl -s -o /dev/null -u 'clerk:mail2026' "pop3://$SERVER/1" || true
on office curl -sS -o /dev/null -u 'clerk:Mail#2026' "pop3://$SERVER/1"
on office python3 "$TMP/file.py" "$SERVER"
finish
