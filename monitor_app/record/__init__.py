"""The record: every fact of the room on disk, once, in order, tamper-evident. It keeps; it never decides again.

`journal` chains, `codec` turns values into bytes, `writer` is the only one that writes, `readers` only read, `verify`
says whether all is still as it was written, `exporters` let it leave the station (STORAGE sections 1 to 4).
"""
