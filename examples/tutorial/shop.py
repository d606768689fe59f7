import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Shop(BaseHTTPRequestHandler):
    def do_GET(self):
        version = Path("live.txt").read_text().strip()
        status = "DOWN" if version == "3" else "UP"
        body = json.dumps({"version": version, "status": status}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 8417), Shop)
print("The shop is open.", flush=True)
server.serve_forever()
