"""Goes back to its own checkpoints. What it prints is in own_checkpoints.txt, whoever takes them."""
import fred, sys
x = 1
@fred.before_checkpoint
def before(): print("before", x)
@fred.on_resume
def resume(): print("resume")
@fred.on_restart
def restart(): print("restart", fred.restart_arguments())
print(fred.is_enabled(), fred.is_resume(), fred.is_restart(), fred.num_checkpoints())
first, again = fred.checkpoint(), fred.is_restart()
print(first, again, x)
if fred.restart_arguments().get("done"):
    print([each.id for each in fred.list_sessions()], fred.num_checkpoints())
    fred.remove_session("two")
    print([each.id for each in fred.list_sessions()])
    sys.exit(7)
x = 2
second = fred.checkpoint("two")
print(second, fred.is_restart(), x, fred.num_checkpoints())
if fred.is_resume():
    x = 3
    fred.restore(second, hello=[1, "a"])
try:
    with fred.no_checkpoint():
        fred.checkpoint()
except fred.CheckpointsOff:
    print("off")
fred.restore(first, done=True)
