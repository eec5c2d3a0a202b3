#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""
nfs_put.py FILE URL [BYTES]: writes a file to an NFS server by libnfs, BYTES (1 MiB) a call. nfs-cp of Debian 12 opens
what it creates over version 4 for reading only, so a server that looks refuses its bytes; and of version 4 no call
with more than about 3,000 of them is made.
"""
import ctypes, os, sys

P, TEXT = ctypes.c_void_p, ctypes.c_char_p


class Url(ctypes.Structure):
    _fields_ = [("server", TEXT), ("path", TEXT), ("file", TEXT)]


nfs = ctypes.CDLL("libnfs.so.13")
nfs.nfs_init_context.restype = P
nfs.nfs_get_error.restype, nfs.nfs_get_error.argtypes = TEXT, [P]
nfs.nfs_parse_url_full.restype, nfs.nfs_parse_url_full.argtypes = ctypes.POINTER(Url), [P, TEXT]
nfs.nfs_mount.argtypes = [P, TEXT, TEXT]
nfs.nfs_open2.argtypes = [P, TEXT, ctypes.c_int, ctypes.c_int, ctypes.POINTER(P)]
nfs.nfs_write.argtypes = [P, P, ctypes.c_uint64, TEXT]
nfs.nfs_close.argtypes = [P, P]


def said(result):
    if result < 0:
        sys.exit(f"{sys.argv[2]}: {(nfs.nfs_get_error(context) or b'').decode()}")
    return result


context = nfs.nfs_init_context()
url = nfs.nfs_parse_url_full(context, sys.argv[2].encode())
if not url:
    sys.exit(f"{sys.argv[2]}: no address of a file")
url = url.contents
said(nfs.nfs_mount(context, url.server, url.path))
handle = P()
said(nfs.nfs_open2(context, url.file, os.O_RDWR | os.O_CREAT, 0o644, ctypes.byref(handle)))
step = int(sys.argv[3]) if len(sys.argv) > 3 else 1 << 20
with open(sys.argv[1], "rb") as f:
    while part := f.read(step):
        while part:
            part = part[said(nfs.nfs_write(context, handle, len(part), part)):]
said(nfs.nfs_close(context, handle))
