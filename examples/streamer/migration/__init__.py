"""From the tables of the first Streamer, written with the bare SDK, to the tables of this one."""
