"""Our own practice ATS: one world of facts in time, served in a vendor's dialect on loopback."""
