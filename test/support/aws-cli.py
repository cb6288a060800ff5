"""The distribution's AWS CLI, imported once: a call is a fork of this process, a seventh of the processor time of a program of its own.

A line of standard input is a call, {"id", "args", "env"}, a line of standard output how it ended, {"id", "code", "stdout", "stderr"}.
Calls run beside each other. Nothing but imports may happen here before a fork: a call starts threads, and a fork would leave them
behind together with the locks that they hold.
"""
import json
import os
import selectors
import sys

import awscli.clidriver
import awscli.handlers

selector = selectors.DefaultSelector()
answers = os.fdopen(os.dup(1), 'w')


class Call:
    def __init__(self, asked):
        self.id = asked['id']
        self.said = {'stdout': b'', 'stderr': b''}
        pipes = {name: os.pipe() for name in self.said}
        self.pid = os.fork()
        if self.pid == 0:
            become_aws(asked, pipes['stdout'][1], pipes['stderr'][1])
        self.open = len(pipes)
        for name, (ours, theirs) in pipes.items():
            os.close(theirs)
            selector.register(ours, selectors.EVENT_READ, lambda pipe, name=name: self.hear(pipe, name))

    def hear(self, pipe, name):
        heard = os.read(pipe, 65536)
        self.said[name] += heard
        if heard:
            return
        selector.unregister(pipe)
        os.close(pipe)
        self.open -= 1
        if self.open == 0:
            self.end()

    def end(self):
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        said = {name: text.decode() for name, text in self.said.items()}
        print(json.dumps({'id': self.id, 'code': code, **said}), file=answers, flush=True)


def become_aws(asked, stdout, stderr):
    """In the fork, which ends here: what /usr/bin/aws does."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(stdout, 1)
    os.dup2(stderr, 2)
    os.environ.update(asked['env'])
    sys.argv = ['aws', *asked['args']]
    code = 255
    try:
        code = awscli.clidriver.main()
    except SystemExit as exit:
        code = exit.code
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code or 0)


def read_calls(pipe):
    global unread
    read = os.read(pipe, 65536)
    if not read:
        sys.exit()
    *lines, unread = (unread + read).split(b'\n')
    for line in lines:
        Call(json.loads(line))


unread = b''
selector.register(0, selectors.EVENT_READ, read_calls)
while True:
    for key, _ in selector.select():
        key.data(key.fd)
