"""The halves of executors that run: processes, ssh, HTTP, TLS, rendered files. They decide nothing about what runs next."""
