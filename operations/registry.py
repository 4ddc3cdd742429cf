"""Things, certificates and policies in AWS IoT, with what goes wrong in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from operations.aws import error_code, plain_errors
from operations.deployed import pages
from operations.errors import OperationError

if TYPE_CHECKING:
    from mypy_boto3_iot import IoTClient

_MUSEUM: Final = "museum_id"
_NOT_FOUND: Final = "ResourceNotFoundException"
_DETACHING: Final = {"DeleteConflictException", "InvalidRequestException"}
"""Detaching takes some seconds to reach everywhere:
https://docs.aws.amazon.com/iot/latest/apireference/API_DetachThingPrincipal.html"""
_ATTEMPTS: Final = 8
_PAUSE_S: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate of a thing.

    Attributes:
        arn: Its ARN.
        pem: Itself; empty unless it was just made.
        key_pem: Its key, or None where AWS did not make it.
        made_at: When it was made, or None where it was just made.
    """

    arn: str
    pem: str = ""
    key_pem: str | None = None
    made_at: datetime | None = None

    @property
    def id(self) -> str:
        """The last part of the ARN."""
        return self.arn.rsplit("/", 1)[1]


class Registry:
    """AWS IoT's registry of things.

    Args:
        iot: AWS IoT.
        sleep: Waits, seconds.
    """

    def __init__(self, iot: IoTClient, sleep: Callable[[float], None] = time.sleep) -> None:
        self._iot = iot
        self._sleep = sleep

    def museum_of(self, device_id: str) -> str | None:
        """The museum that a device belongs to; None where there is no such thing.

        Raises:
            OperationError: There is one that is not ours.
        """
        with plain_errors():
            try:
                thing = self._iot.describe_thing(thingName=device_id)
            except ClientError as exc:
                if error_code(exc) == _NOT_FOUND:
                    return None
                raise
        museum_id = thing.get("attributes", {}).get(_MUSEUM)
        if not museum_id:
            raise OperationError(
                f"AWS IoT has a thing {device_id} that is no camera of ours (it has no "
                f"{_MUSEUM}). Take another name."
            )
        return museum_id

    def add(self, device_id: str, museum_id: str) -> None:
        """Creates the thing; one that is there already stays as it is."""
        with plain_errors():
            self._iot.create_thing(
                thingName=device_id, attributePayload={"attributes": {_MUSEUM: museum_id}}
            )

    def certificates(self, device_id: str) -> list[Certificate]:
        """The thing's certificates, the oldest first."""
        with plain_errors():
            arns = [
                arn
                for page in pages(self._iot, "list_thing_principals", thingName=device_id)
                for arn in page["principals"]
                if ":cert/" in arn
            ]
            found = [Certificate(arn=arn, made_at=self._made_at(arn)) for arn in arns]
        return sorted(found, key=lambda one: one.made_at or datetime.min)  # noqa: DTZ901  # all have one

    def _made_at(self, arn: str) -> datetime:
        certificate_id = arn.rsplit("/", 1)[1]
        answer = self._iot.describe_certificate(certificateId=certificate_id)
        return answer["certificateDescription"]["creationDate"]

    def make_certificate(self, request: str | None) -> Certificate:
        """A certificate that cannot be used yet: for a request, or with a key made by AWS."""
        with plain_errors():
            if request is not None:
                made = self._iot.create_certificate_from_csr(
                    certificateSigningRequest=request, setAsActive=False
                )
                return Certificate(arn=made["certificateArn"], pem=made["certificatePem"])
            keys = self._iot.create_keys_and_certificate(setAsActive=False)
            return Certificate(
                arn=keys["certificateArn"],
                pem=keys["certificatePem"],
                key_pem=keys["keyPair"]["PrivateKey"],
            )

    def put_to_use(self, certificate: Certificate, device_id: str, policy: str) -> None:
        """Makes it the device's; from the last step on it belongs to this thing alone.

        Before that step it is worthless, for the policy asks for a thing: whatever stops this in
        between, a thing that has a certificate can connect with it.
        """
        with plain_errors():
            self._iot.attach_policy(policyName=policy, target=certificate.arn)
            self._iot.update_certificate(certificateId=certificate.id, newStatus="ACTIVE")
            self._iot.attach_thing_principal(
                thingName=device_id,
                principal=certificate.arn,
                thingPrincipalType="EXCLUSIVE_THING",
            )

    def withdraw(self, certificate: Certificate, device_id: str) -> None:
        """Deactivates it first, so that it is worthless whatever happens, then removes it."""
        with plain_errors():
            self._iot.update_certificate(certificateId=certificate.id, newStatus="INACTIVE")
            attached = [
                policy["policyName"]
                for page in pages(self._iot, "list_attached_policies", target=certificate.arn)
                for policy in page["policies"]
            ]
            for policy in attached:
                self._iot.detach_policy(policyName=policy, target=certificate.arn)
            self._detach(certificate, device_id)
            self._patiently(
                lambda: self._iot.delete_certificate(
                    certificateId=certificate.id, forceDelete=False
                )
            )

    def _detach(self, certificate: Certificate, device_id: str) -> None:
        try:
            self._iot.detach_thing_principal(thingName=device_id, principal=certificate.arn)
        except ClientError as exc:
            if error_code(exc) != _NOT_FOUND:  # it was made, but never attached
                raise

    def remove(self, device_id: str) -> None:
        """Deletes a thing that has no certificate any more."""
        with plain_errors():
            self._patiently(lambda: self._iot.delete_thing(thingName=device_id))

    def _patiently(self, call: Callable[[], object]) -> None:
        for attempt in range(_ATTEMPTS):
            try:
                call()
            except ClientError as exc:
                if error_code(exc) not in _DETACHING or attempt == _ATTEMPTS - 1:
                    raise
                self._sleep(_PAUSE_S)
            else:
                return

    def endpoint(self) -> str:
        """The broker's host name, of which an account has one a Region."""
        with plain_errors():
            return self._iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
