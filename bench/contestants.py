"""What bench/run compares: the upstream, and each proxy with its configuration."""

import os

import rig as bench

KEY = "bench-key-%05d"
ANSWER_SIZE = 2048


def answer():
    """A 2 KB generateContent answer with usage, without characters that nginx would interpret."""
    head = '{"candidates":[{"content":{"parts":[{"text":"'
    tail = ('"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":'
            '{"promptTokenCount":411,"candidatesTokenCount":384,"thoughtsTokenCount":96,'
            '"totalTokenCount":891,"promptTokensDetails":[{"modality":"TEXT","tokenCount":411}]},'
            '"modelVersion":"gemini-3.6-flash","responseId":"2j2taND9NLysz7IPw4em6A0"}')
    text = "an answer " * (ANSWER_SIZE // 10)
    return head + text[:ANSWER_SIZE - len(head) - len(tail)] + tail


NGINX = """
daemon off;
worker_processes 1;
{user}
pid {dir}/{name}.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
  client_body_temp_path {dir}/{name}-tmp; proxy_temp_path {dir}/{name}-tmp;
  fastcgi_temp_path {dir}/{name}-tmp; uwsgi_temp_path {dir}/{name}-tmp;
  scgi_temp_path {dir}/{name}-tmp;
  keepalive_requests 100000000; keepalive_timeout 300s;
{body}
}}
"""


def start_nginx(rig, name, core, port, body):
    (rig.dir / f"{name}-tmp").mkdir()
    conf = rig.dir / f"{name}.conf"
    conf.write_text(NGINX.format(dir=rig.dir, name=name, body=body,
                                 user="user root;" if os.geteuid() == 0 else ""))
    process = rig.start(name, ["nginx", "-p", rig.dir, "-c", conf], core)
    rig.wait_for_port(name, process, port)
    return process.pid


def start_upstream(rig):
    """TLS 1.3 with keep-alive and no access log, on the load core. Returns its port."""
    port = bench.free_port()
    start_nginx(rig, "upstream", bench.LOAD_CORE, port, f"""
  access_log off;
  default_type application/json;
  server {{
    listen 127.0.0.1:{port} ssl backlog=4096;
    ssl_certificate {rig.dir}/server.pem; ssl_certificate_key {rig.dir}/server.key;
    ssl_protocols TLSv1.3;
    location = {bench.PATH} {{ return 200 '{answer()}'; }}
    location = /v1beta/models {{ return 200 '{{"models":[]}}'; }}
    location / {{ return 404; }}
  }}""")
    return port


def start_nginx_proxy(rig, upstream, tls=None):
    """`tls`: files of a certificate and its key, to terminate TLS 1.3 with; else plain HTTP."""
    port = bench.free_port()
    secured = tls and f"""ssl_certificate {tls[0]}; ssl_certificate_key {tls[1]};
    ssl_protocols TLSv1.3;"""
    pid = start_nginx(rig, "nginx", bench.PROXY_CORE, port, f"""
  access_log {rig.dir}/nginx-access.log combined;
  upstream gemini {{
    server 127.0.0.1:{upstream};
    keepalive 128; keepalive_requests 100000000; keepalive_timeout 300s;
  }}
  server {{
    listen 127.0.0.1:{port} {"ssl" if tls else ""} backlog=4096;
    {secured or ""}
    location / {{
      proxy_pass https://gemini;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host localhost;
      proxy_set_header x-goog-api-key {KEY % 0};
      proxy_ssl_verify on; proxy_ssl_trusted_certificate {rig.dir}/ca.pem;
      proxy_ssl_server_name on; proxy_ssl_name localhost;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
    }}
  }}""")
    return port, pid


def start_haproxy(rig, upstream):
    port = bench.free_port()
    conf = rig.dir / "haproxy.cfg"
    conf.write_text(f"""
global
  nbthread 1
  maxconn 4096
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 10s
  timeout client 300s
  timeout server 300s
  timeout http-keep-alive 300s
frontend plain
  bind 127.0.0.1:{port}
  http-request set-header Host localhost
  http-request set-header x-goog-api-key {KEY % 0}
  default_backend gemini
backend gemini
  http-reuse always
  server google 127.0.0.1:{upstream} ssl verify required ca-file {rig.dir}/ca.pem verifyhost localhost sni str(localhost) ssl-min-ver TLSv1.2
""")
    process = rig.start("haproxy", ["haproxy", "-db", "-f", conf], bench.PROXY_CORE)
    rig.wait_for_port("haproxy", process, port)
    return port, process.pid


def start_gemkeeper(rig, upstream, keys=3, name="gemkeeper", core=bench.PROXY_CORE, ca_file=None,
                    secrets=None, state=None, workers=1, admin=None, program=None):
    """Judging, metering and JSON access lines to a file are on, as by default.

    `state`: the directory of its local CA and its database; else in memory. `admin`: the port of
    the admin API; else none. `program`: another one than $GEMKEEPER.
    """
    port = bench.free_port()
    keys_dir = rig.dir / f"{name}-keys"
    keys_dir.mkdir(mode=0o700)
    for n, secret in enumerate(secrets or (KEY % n for n in range(keys))):
        key = keys_dir / f"key-{n:05d}"
        key.write_text(secret)
        key.chmod(0o600)
    conf = rig.dir / f"{name}.toml"
    conf.write_text(f"""
[proxy]
listen = ["127.0.0.1:{port}"]
workers = {workers}
[admin]
listen = [{f'"127.0.0.1:{admin}"' if admin else ""}]
[upstream]
base_url = "https://localhost:{upstream}"
ca_file = "{ca_file or rig.dir / 'ca.pem'}"
[pool]
keys_dir = "{keys_dir}"
[storage]
path = "{"" if state else ":memory:"}"
[log]
format = "json"
file = "{rig.dir}/{name}-access.log"
""")
    process = rig.start(name, [program or os.environ["GEMKEEPER"], "serve", "--config", conf], core,
                        {"GEMINI_API_KEYS": "", "GEMINI_API_KEY": "", "GOOGLE_API_KEY": "",
                         **({"STATE_DIRECTORY": str(state)} if state else {})})
    rig.wait_for_port(name, process, port)
    if admin:
        rig.wait_for_port(name, process, admin)
    if admin:
        rig.wait_for_port(name, process, admin)
    return port, process.pid
