"""GitHub's API on loopback, as far as it is asked: takes statuses and remembers them, and lists releases."""
import http.server
import json
import threading


class GitHubApi:
    def __enter__(self):
        statuses = self.statuses = []
        releases = self.releases = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))) or b"{}")
                taken = self.is_signed() and "/statuses/" in self.path
                if taken:
                    statuses.append({"path": self.path, **body})
                self.answer(201, {}) if taken else self.answer(401, {"message": "no"})

            def do_GET(self):
                known = self.is_signed() and self.path.startswith("/repos/cilium/cilium/releases?")
                self.answer(200, releases) if known else self.answer(401, {"message": "no"})

            def is_signed(self):
                return self.headers.get("Authorization", "").lower() == "bearer lab-local-token"

            def answer(self, code, value):
                answer = json.dumps(value).encode()
                self.send_response(code)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
