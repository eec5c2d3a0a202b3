#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# makes: l7-nfs.pcap	nfs-ganesha 4.3, libnfs	files over NFS 3 and 4.0, read and written, with the mount by name and a refused one; tests/e2e/l7-nfs knows the digests
. "$(dirname "$0")/lib.sh"
need ganesha.nfsd:nfs-ganesha nfs-cp:libnfs-utils rpcbind:rpcbind openssl:openssl
[ -e /usr/lib/*/ganesha/libfsalvfs.so ] || quiet apt-get install -y --no-install-recommends nfs-ganesha-vfs
CASE=$RECIPES/../../tests/e2e/l7-nfs
lab inner share
A=${ADDR[share]}
D=$TMP/nfs
mkdir -p "$D/data"

noise() { # SEED BYTES: the same bytes in every run
	openssl enc -aes-128-ctr -K "$(printf %032x "$1")" -iv 0 -in /dev/zero 2>/dev/null | head -c "$2" || true
}
digests() { # FILE: all four, and the size, as fields
	printf 'fileinfo.md5: "%s", fileinfo.sha1: "%s", fileinfo.sha256: "%s", fileinfo.sm3: "%s", fileinfo.size: %d' \
		"$(md5sum <"$1" | cut -d' ' -f1)" "$(sha1sum <"$1" | cut -d' ' -f1)" \
		"$(sha256sum <"$1" | cut -d' ' -f1)" "$(openssl dgst -sm3 <"$1" | sed 's/.* //')" "$(stat -c %s "$1")"
}
file() { # FILE FIELDS: a check
	echo "- filter: {match: {event_type: fileinfo, app_proto: nfs, fileinfo.state: CLOSED, fileinfo.gaps: false, $2, $(digests "$1")}, count: 1}"
}

noise 11 3000 >"$D/data/three.bin"
noise 12 5000 >"$D/data/four.bin"
noise 13 2600 >"$TMP/up3.bin"
noise 14 4100 >"$TMP/up4.bin"
chmod -R 777 "$D/data"
cat >"$D/conf" <<EOF
NFS_CORE_PARAM { Protocols = 3, 4; mount_path_pseudo = true; Enable_NLM = false; Enable_RQUOTA = false; Bind_addr = $A; }
NFSV4 { Graceless = true; Delegations = false; RecoveryBackend = fs; }
EXPORT { Export_Id = 1; Path = $D/data; Pseudo = /data; Access_Type = RW; Squash = No_Root_Squash; SecType = sys;
	Protocols = 3, 4; Transports = TCP, UDP; FSAL { Name = VFS; } }
EOF
serve share unshare -m bash -c 'mount -t tmpfs none /run; mkdir -p /run/rpcbind /run/ganesha
	mount -t tmpfs none /var/lib/nfs; mkdir -p /var/lib/nfs/ganesha
	rpcbind -w; exec ganesha.nfsd -F -N EVENT -L "$0/log" -f "$0/conf" -p "$0/pid"' "$D"
port share "$A" 2049
cd "$TMP"
record "$OUT/l7-nfs.pcap"
on inner nfs-cp "nfs://$A/data/three.bin?version=3" got3.bin >/dev/null
on inner "$RECIPES/nfs_put.py" up3.bin "nfs://$A/data/三.bin?version=3" 1000
quiet on inner nfs-cat "nfs://$A/secret/absent.bin?version=3" || true
on inner nfs-cp "nfs://$A/data/four.bin?version=4" got4.bin >/dev/null
on inner "$RECIPES/nfs_put.py" up4.bin "nfs://$A/data/up4.bin?version=4" 1500
quiet on inner nfs-cat "nfs://$A/data/absent.bin?version=4" || true
finish
cmp got3.bin "$D/data/three.bin"
cmp got4.bin "$D/data/four.bin"
cmp up3.bin "$D/data/三.bin"
cmp up4.bin "$D/data/up4.bin"
mkdir -p "$CASE"
{
	echo "pcap: pcaps/l7-nfs.pcap"
	echo "args: [--set, 'files.digests=md5,sha1,sha256,sm3']"
	echo "checks:"
	file "$D/data/three.bin" "fileinfo.filename: three.bin, nfs.version: 3, nfs.procedure: READ, rpc.creds.machine_name: libnfs"
	file up3.bin "fileinfo.filename: 三.bin, nfs.version: 3, nfs.procedure: WRITE, nfs.write.chunks: 3, nfs.write.bytes_to: 2600"
	file "$D/data/four.bin" "fileinfo.filename: four.bin, nfs.version: 4, nfs.procedure: READ, nfs.read.first: true"
	file up4.bin "fileinfo.filename: up4.bin, nfs.version: 4, nfs.procedure: WRITE, nfs.write.chunks: 3, nfs.write.bytes_to: 4100"
	cat <<-'EOF'
		- filter: {match: {event_type: fileinfo}, count: 4}
		- filter: {match: {event_type: rpc, rpc.program_name: portmapper, rpc.procedure_name: GETPORT, rpc.target_program: 100003, rpc.target_port: 2049}, count: 2}
		- filter: {match: {event_type: rpc, rpc.program_name: mountd, rpc.procedure_name: MNT, rpc.path: /data, rpc.mount_status: OK}, count: 2}
		- filter: {match: {event_type: rpc, rpc.procedure_name: MNT, rpc.path: /secret, rpc.mount_status: ERR_ACCESS}, count: 1}
		- filter: {match: {event_type: nfs, nfs.version: 3, nfs.procedure: CREATE, nfs.filename: 三.bin, nfs.status: OK, rpc.auth_type: UNIX, rpc.creds.uid: 0}, count: 1}
		- filter: {match: {event_type: nfs, nfs.version: 4, nfs.procedure: OPEN, nfs.filename: absent.bin, nfs.status: ERR_NOENT, 'nfs.operations[3]': OPEN}, count: 1}
		- filter: {match: {event_type: nfs, nfs.version: 4, nfs.procedure: COMMIT, nfs.filename: up4.bin, 'nfs.operations[2]': CLOSE}, count: 1}
		- filter: {match: {event_type: anomaly}, count: 0}
	EOF
} >"$CASE/test.yaml"
