import asyncio, time
out = []
async def w(i):
    for k in range(5):
        await asyncio.sleep(0.001 * (i % 3))
        out.append((i, k, time.time()))
async def echo(r, wr):
    d = await r.readline(); wr.write(d.upper()); await wr.drain(); wr.close()
async def main():
    await asyncio.gather(*(w(i) for i in range(10)))
    srv = await asyncio.start_server(echo, '127.0.0.1', 0)
    port = srv.sockets[0].getsockname()[1]
    r, wr = await asyncio.open_connection('127.0.0.1', port)
    wr.write(b'hi there\n'); d = await r.readline(); wr.close()
    srv.close()
    return d
res = asyncio.run(main())
print(res, len(out))
