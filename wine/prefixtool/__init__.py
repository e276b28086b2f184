"""The prefix tool behind wine/asyncshim.

    commands   install, uninstall, status: they look at everything, then make a plan
    prefix     a Wine prefix: its folders, its owner, whether programs run in it
    wine       where Wine's own DLLs are
    pefile     what kind of DLL a file is: Wine's, ours, somebody else's
    classes    the COM classes of our DLLs: what is registered for them
    overrides  for whom Wine loads our DLLs
    values     one value of the registry, set and restored
    registry   the text of user.reg and system.reg, changed without touching anything else
    manifest   what has been installed, for whom, and what was there before
    changes    the only module that changes files: all of a plan, or nothing of it
"""


class Refusal(Exception):
    """Something is not as it has to be. The message is for the user; nothing was changed."""
