"""An executor whose jobs take a random time, then a ThreadingTCPServer and its clients, all in this process."""
import random
import socket
import socketserver
import threading
import time
from concurrent.futures import ThreadPoolExecutor, as_completed


def job(number):
    time.sleep(random.random() * 0.004)
    return number, random.random(), time.time()


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        line = self.rfile.readline()
        self.wfile.write(line.upper() + b"%d" % random.randrange(10 ** 6))


with ThreadPoolExecutor(4) as executor:
    results = [future.result() for future in as_completed([executor.submit(job, number) for number in range(16)])]
server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True, name="server").start()
answers = []


def ask(number):
    with socket.create_connection(server.server_address) as connection:
        connection.sendall(b"message %d\n" % number)
        answers.append(connection.makefile("rb").read())


clients = [threading.Thread(target=ask, args=(number,), name="client-%d" % number) for number in range(5)]
for client in clients:
    client.start()
for client in clients:
    client.join()
server.shutdown()
server.server_close()
del server
print([number for number, _, _ in results], len(answers))
