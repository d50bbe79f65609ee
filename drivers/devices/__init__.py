"""One file per device, each ending in SPEC. They do not know each other; the catalogue finds them."""
