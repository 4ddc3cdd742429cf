"""Can nobody but the service read the device's private key, and is it the certificate's?"""

import stat
from pathlib import Path
from typing import Final

from edge.adapters.credentials import check_credentials
from edge.config import BrokerConfig
from edge.doctor.report import Finding, failed, passed, warned

_OTHERS: Final = stat.S_IRWXO
_GROUP: Final = stat.S_IRWXG


def key(broker: BrokerConfig, state_folder: Path) -> Finding:
    """Judges the key file.

    Args:
        broker: Names the key, the certificate and the authority.
        state_folder: The outbox's folder; its owner is the service's user.

    Raises:
        CredentialsError: A file cannot be used, or the key is not the certificate's.
        PermissionError: Only root may look.
    """
    file = broker.key_file
    with file.open("rb"):
        found = file.stat()
    check_credentials(broker.ca_file, broker.certificate_file, file)
    owner = state_folder.stat().st_uid if state_folder.is_dir() else found.st_uid
    return judge_key(file, found.st_mode, is_owners=found.st_uid == owner)


def judge_key(file: Path, mode: int, *, is_owners: bool) -> Finding:
    """Judges who may read the key.

    Args:
        file: The key.
        mode: Its permissions, as ``st_mode``.
        is_owners: Whether it belongs to the user that the outbox belongs to.
    """
    permissions = f"{stat.S_IMODE(mode):04o}"
    mend = f"sudo chmod 600 {file}"
    if mode & _OTHERS:
        text = f"{file} may be read by everybody on this machine ({permissions})"
        return failed(text, f"{mend}; have a new certificate issued", permissions=permissions)
    if mode & _GROUP:
        text = f"{file} may be read by its group ({permissions})"
        return warned(text, mend, permissions=permissions)
    if not is_owners:
        text = f"{file} does not belong to the user that the outbox belongs to"
        return warned(text, f"sudo chown museum-edge: {file}", permissions=permissions)
    return passed(f"it is the certificate's, permissions {permissions}", permissions=permissions)
