int fred_placeholder(void) { return 0; }
