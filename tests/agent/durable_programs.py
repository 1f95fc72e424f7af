"""Programs that test_under_dmtcp.py saves and opens."""

CONTROLLER = '''\
import socket, subprocess, sys
if len(sys.argv) > 1:
    talk = socket.create_connection(("127.0.0.1", int(sys.argv[1]))).makefile("rw")
    total = 0
    for line in talk:
        total += int(line)
        talk.write("%d\\n" % total)
        talk.flush()
    sys.exit()
server = socket.socket()
server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
server.bind(("127.0.0.1", 0))
server.listen()
port = server.getsockname()[1]
engines = [subprocess.Popen([sys.executable, __file__, str(port)]) for _ in range(2)]
talks = [server.accept()[0].makefile("rw") for _ in engines]
print(port, flush=True)
for line in sys.stdin:
    for i, talk in enumerate(talks):
        talk.write("%d\\n" % (int(line) * (i + 1)))
        talk.flush()
    print([int(talk.readline()) for talk in talks], server.getsockname()[1], flush=True)
'''
"""A controller and two engines over plain sockets."""


DRAWING = """\
import fred, os, socket, struct
display = fred.start_graphics("640x480")
assert fred.start_graphics() == display == os.environ["DISPLAY"]
with open(os.environ["XAUTHORITY"], "rb") as file:
    cookie = file.read()[-16:]
client = socket.socket(socket.AF_UNIX)
client.connect("/tmp/.X11-unix/X" + display[1:])
def read(count):
    data = b""
    while len(data) < count:
        data += client.recv(count - len(data))
    return data
client.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, 18, 16) + b"MIT-MAGIC-COOKIE-1" + bytes(2) + cookie)
status, length = struct.unpack("<B5xH", read(8))
setup = read(4 * length)
first, vendor, formats = *struct.unpack_from("<I", setup, 4), *struct.unpack_from("<H", setup, 16), setup[21]
root = struct.unpack_from("<I", setup, 32 + (vendor + 3) // 4 * 4 + 8 * formats)[0]
client.sendall(struct.pack("<BBHIIhhHHHHII", 1, 0, 8, first, root, 10, 10, 320, 200, 0, 1, 0, 0) + struct.pack("<BxHI", 8, 2, first))
def look():
    client.sendall(struct.pack("<BxHI", 14, 2, first))
    width, height = struct.unpack_from("<HH", read(32), 16)
    try:
        fred.show_graphics()
    except fred.GraphicsFailed as error:
        message = str(error)
    viewer = socket.socket(socket.AF_UNIX)
    viewer.connect(message.split("socket is ")[1].split(" ")[0])
    print("%dx%d" % (width, height), viewer.recv(12), flush=True)
    print(message, flush=True)
    input()
    viewer.close()
    print("closed", flush=True)
look()
input()
look()
"""
FULL_DISK = """\
import json, os, subprocess, sys
fred = json.loads(sys.argv[1])
log = os.path.join(sys.argv[2], "p", "keep.log")
running = subprocess.Popen(fred + ["run", "--name", "p", "--interval", "1", "--", sys.executable, "-c", "print(flush=True); print(input())"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, universal_newlines=True)
running.stdout.readline()
told = subprocess.run(fred + ["save", "p"], stderr=subprocess.PIPE, universal_newlines=True).stderr
print("has room for" if "has room for" in told and "[DmtcpFailed]" in told else told)
while not os.path.exists(log) or not os.path.getsize(log):
    assert running.poll() is None
print("has room for" if "has room for" in open(log).read() else open(log).read())
print(running.communicate("the program goes on\\n")[0], end="")
"""
