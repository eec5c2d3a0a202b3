#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: benign-ssh.pcap	openssh	harmless: an administrator logs in, once with a mistyped password first
. "$(dirname "$0")/lib.sh"
lab admin inner
sshd_on inner sysadm 'Zhengwu@2026'
record "$OUT/benign-ssh.pcap"
login admin sysadm wrong inner true 2>/dev/null || true
login admin sysadm 'Zhengwu@2026' inner 'uptime; ls /etc | head -40' >/dev/null
sleep 1
login admin sysadm 'Zhengwu@2026' inner 'df -h; cat /etc/services' >/dev/null
finish
