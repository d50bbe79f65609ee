"""The other end of the wire: virtual patients and virtual devices that speak true bytes. They never know the station."""
