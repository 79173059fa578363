"""The phone without a softphone: a page with two telephones over real SIP and RTP, and a gateway that answers."""
