"""The only room with ports: links, loop, recorder, sounder, health. No window; it goes on when every window is gone."""
