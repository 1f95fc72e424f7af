import asyncio, signal, os, time
hits=[]
async def main():
    loop=asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGALRM, lambda: hits.append(time.time()))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    while len(hits)<200:
        await asyncio.sleep(0.0005)
    signal.setitimer(signal.ITIMER_REAL, 0)
asyncio.run(main())
n=len(hits)
