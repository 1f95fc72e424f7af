"""A TCP server and client in one process with selectors, a Unix socket pair and UDP on loopback."""
import selectors
import socket

server = socket.create_server(("127.0.0.1", 0))
server.setblocking(False)
client = socket.create_connection(server.getsockname())
selector = selectors.DefaultSelector()
selector.register(server, selectors.EVENT_READ, "accept")
sent = [b"alpha", b"beta", b"gamma"]
echoed = []
client.sendall(sent[0])
while len(echoed) < len(sent):
    for key, _ in selector.select(1):
        if key.data == "accept":
            connection, address = server.accept()
            selector.register(connection, selectors.EVENT_READ, "echo")
        else:
            data = key.fileobj.recv(100)
            key.fileobj.sendall(data.upper())
            echoed.append(client.recv(100))
            if len(echoed) < len(sent):
                client.sendall(sent[len(echoed)])
print(echoed)
left, right = socket.socketpair()
left.send(b"pair")
print(right.recv(10))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
udp.sendto(b"datagram", udp.getsockname())
print(udp.recvfrom(20)[0])
for open_socket in (left, right, udp, client, connection, server):
    open_socket.close()
