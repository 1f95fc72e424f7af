"""pdb's `display`, remembered between inspectors: by function and text, since frames and values do not survive the fork."""

import pdb
from typing import Dict, List


class DisplayCommands(pdb.Pdb):
    """The part of the shell that concerns displays."""

    _displays: List[Dict[str, str]]

    def _display_scope(self) -> str:
        code = self.curframe.f_code
        return "%s:%d:%s" % (code.co_filename, code.co_firstlineno, code.co_name)

    def _value_text(self, expression: str) -> str:
        value = self._getval_except(expression)
        return self._safe_repr(value, expression) if hasattr(self, "_safe_repr") else repr(value)

    def do_display(self, arg: str) -> None:
        """display [expression]
        Display the expression's value at each stop in the current function at which it has changed."""
        here = [each for each in self._displays if each["scope"] == self._display_scope()]
        if not arg:
            self.message("Currently displaying:" if here else "No expression is displayed in this function.")
            for each in here:
                self.message("%s: %s" % (each["expression"], self._value_text(each["expression"])))
            return
        text = self._value_text(arg)
        self._displays = [each for each in self._displays if each not in here or each["expression"] != arg]
        self._displays.append({"scope": self._display_scope(), "expression": arg, "value": text})
        self.message("display %s: %s" % (arg, text))

    def do_undisplay(self, arg: str) -> None:
        """undisplay [expression]
        Do not display the expression any more; without one, none of this function's."""
        scope = self._display_scope()
        kept = [each for each in self._displays if each["scope"] != scope or (arg and each["expression"] != arg)]
        if arg and len(kept) == len(self._displays):
            self.error("not displaying %s" % arg)
        self._displays = kept

    def _show_changed_displays(self) -> None:
        scope = self._display_scope()
        for each in self._displays:
            if each["scope"] == scope:
                text = self._value_text(each["expression"])
                if text != each["value"]:
                    self.message("display %s: %s  [old: %s]" % (each["expression"], text, each["value"]))
                    each["value"] = text
