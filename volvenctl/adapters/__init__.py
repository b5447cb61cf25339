"""The world: one small class per port and technology."""
