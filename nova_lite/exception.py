"""The errors of nova-lite, and the one table from error to HTTP code: `code` of each class.

An error is raised where it is understood, with the value that was wrong. The HTTP faces turn it into a fault
with `code` and its text (`nova_lite.api.wsgi`); a NovaException with code 500 shows its class name only,
unless `safe` says that its text may be shown. All of them survive the wire: the RPC client rebuilds them from
`args` and `kwargs` (`nova_lite.rpc.ALLOWED_EXMODS`).
"""


class NovaException(Exception):
    """Base of all errors. `NovaException(message)` or `NovaException(key=value…)` for `msg_fmt`."""

    msg_fmt = "An unknown exception occurred."
    code = 500
    safe = False
    headers: dict[str, str] = {}

    def __init__(self, message: str | None = None, **kwargs):
        self.kwargs = kwargs
        super().__init__(message if message is not None else self.msg_fmt % kwargs)

    def format_message(self) -> str:
        """Return the text shown to people."""
        return str(self.args[0])


def describe(error: BaseException) -> str:
    """Return what a person should read of an error: its own words, or class and words of one nobody expected.

    An error that came by RPC has the other side's traceback in its str(); this has not.
    """
    if isinstance(error, NovaException):
        return error.format_message()
    text = str(error.args[0]) if error.args else ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _error(
    name: str, code: int, msg_fmt: str, base: type[NovaException] = NovaException, **attributes
) -> type[NovaException]:
    """Return a NovaException class; the table below is easier to read than ninety class statements."""
    return type(
        name,
        (base,),
        {"code": code, "msg_fmt": msg_fmt, "__doc__": msg_fmt, "__module__": __name__} | attributes,
    )


# fmt: off
# -- what the caller got wrong
Invalid = _error("Invalid", 400, "Bad Request - Invalid Parameters")
InvalidInput = _error("InvalidInput", 400, "Invalid input received: %(reason)s", Invalid)
ValidationError = _error("ValidationError", 400, "%(detail)s", Invalid)
MalformedRequestBody = _error("MalformedRequestBody", 400, "Malformed message body: %(reason)s")
InvalidAPIVersionString = _error("InvalidAPIVersionString", 400, "API Version String %(version)s is of invalid format. Must be of format MajorNum.MinorNum.", Invalid)
InvalidGlobalAPIVersion = _error("InvalidGlobalAPIVersion", 406, "Version %(req_ver)s is not supported by the API. Minimum is %(min_ver)s and maximum is %(max_ver)s.", Invalid)
VersionNotFoundForAPIMethod = _error("VersionNotFoundForAPIMethod", 404, "The resource could not be found.", Invalid)
InvalidUUID = _error("InvalidUUID", 400, "Expected a uuid but received %(uuid)s.", Invalid)
InvalidSortKey = _error("InvalidSortKey", 400, "Sort key supplied was not valid.", Invalid)
InvalidHostname = _error("InvalidHostname", 400, "The hostname %(hostname)s is not a valid hostname", Invalid)
InvalidMetadata = _error("InvalidMetadata", 400, "Invalid metadata: %(reason)s", Invalid)
InvalidMetadataSize = _error("InvalidMetadataSize", 400, "Invalid metadata size: %(reason)s", Invalid)
InvalidBDM = _error("InvalidBDM", 400, "Block Device Mapping is Invalid.", Invalid)
InvalidBDMFormat = _error("InvalidBDMFormat", 400, "Block Device Mapping is Invalid: %(details)s", InvalidBDM)
InvalidBDMBootSequence = _error("InvalidBDMBootSequence", 400, "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping combination is not valid.", InvalidBDM)
InvalidBDMImage = _error("InvalidBDMImage", 400, "Block Device Mapping is Invalid: failed to get image %(id)s.", InvalidBDM)
InvalidBDMVolume = _error("InvalidBDMVolume", 400, "Block Device Mapping is Invalid: failed to get volume %(id)s.", InvalidBDM)
InvalidBDMSnapshot = _error("InvalidBDMSnapshot", 400, "Block Device Mapping is Invalid: failed to get snapshot %(id)s.", InvalidBDM)
InvalidBDMLocalsLimit = _error("InvalidBDMLocalsLimit", 400, "Block Device Mapping is Invalid: You specified more local devices than the limit allows", InvalidBDM)
InvalidBDMEphemeralSize = _error("InvalidBDMEphemeralSize", 400, "Ephemeral disks requested are larger than the instance type allows. If no size is given in one block device mapping, flavor ephemeral size will be used.", InvalidBDM)
InvalidBDMSwapSize = _error("InvalidBDMSwapSize", 400, "Swap drive requested is larger than instance type allows.", InvalidBDM)
InvalidRequest = _error("InvalidRequest", 400, "The request is invalid.", Invalid)
ConfigDriveInvalidValue = _error("ConfigDriveInvalidValue", 400, "Invalid value for Config Drive option: %(option)s", Invalid)
FlavorDiskTooSmall = _error("FlavorDiskTooSmall", 400, "The created instance's disk would be too small.")
FlavorDiskSmallerThanImage = _error("FlavorDiskSmallerThanImage", 400, "Flavor's disk is too small for requested image. Flavor disk is %(flavor_size)i bytes, image is %(image_size)i bytes.", FlavorDiskTooSmall)
FlavorDiskSmallerThanMinDisk = _error("FlavorDiskSmallerThanMinDisk", 400, "Flavor's disk is smaller than the minimum size specified in image metadata. Flavor disk is %(flavor_size)i bytes, minimum size is %(image_min_disk)i bytes.", FlavorDiskTooSmall)
FlavorMemoryTooSmall = _error("FlavorMemoryTooSmall", 400, "Flavor's memory is too small for requested image.")
ImageUnacceptable = _error("ImageUnacceptable", 400, "Image %(image_id)s is unacceptable: %(reason)s", Invalid)
ImageBadRequest = _error("ImageBadRequest", 400, "Request of image %(image_id)s got BadRequest response: %(response)s", Invalid)
ImageNotActive = _error("ImageNotActive", 400, "Image %(image_id)s is not active.")
InvalidImagePropertyName = _error("InvalidImagePropertyName", 400, "Invalid image property name %(image_property_name)s.", Invalid)
InvalidImagePropertyValue = _error("InvalidImagePropertyValue", 400, "Invalid value %(value)r of %(name)s: %(reason)s", Invalid)
InvalidExtraSpecValue = _error("InvalidExtraSpecValue", 400, "Invalid value %(value)r of extra spec %(name)s: %(reason)s", Invalid)
FlavorImageConflict = _error("FlavorImageConflict", 400, "Conflicting values for %(prop)s found in the flavor (%(flavor_val)s) and the image (%(image_val)s).", Invalid)
ImageInvalid = _error("ImageInvalid", 400, "%(reason)s", Invalid)
InvalidDiskFormat = _error("InvalidDiskFormat", 400, "Disk format %(disk_format)s is not acceptable", Invalid)
InvalidDiskInfo = _error("InvalidDiskInfo", 400, "Disk info file is invalid: %(reason)s", Invalid)
InvalidLocalStorage = _error("InvalidLocalStorage", 400, "%(path)s is not on local storage: %(reason)s", Invalid)
InvalidCPUInfo = _error("InvalidCPUInfo", 400, "Unacceptable CPU info: %(reason)s", Invalid)
InvalidWatchdogAction = _error("InvalidWatchdogAction", 400, "Provided watchdog action (%(action)s) is not supported.", Invalid)
UnsupportedHardware = _error("UnsupportedHardware", 400, "Requested hardware '%(model)s' is not supported by the '%(virt)s' virt driver", Invalid)
UnsupportedVirtType = _error("UnsupportedVirtType", 400, "Virtualization type '%(virt)s' is not supported by this compute driver", Invalid)
InvalidKeypair = _error("InvalidKeypair", 400, "Keypair data is invalid: %(reason)s", Invalid)
InvalidVolume = _error("InvalidVolume", 400, "Invalid volume: %(reason)s", Invalid)
MarkerNotFound = _error("MarkerNotFound", 400, "Marker %(marker)s could not be found.")
NetworkRequestInvalid = _error("NetworkRequestInvalid", 400, "%(reason)s", Invalid)
AmbiguousHostnameForMultipleInstances = _error("AmbiguousHostnameForMultipleInstances", 400, "Unable to allocate a single hostname to multiple instances", Invalid)
MultiplePortsNotApplicable = _error("MultiplePortsNotApplicable", 400, "Failed to launch instances: %(reason)s", Invalid)
InstanceUserDataMalformed = _error("InstanceUserDataMalformed", 400, "User data needs to be valid base 64.")
InvalidInstanceIDMalformed = _error("InvalidInstanceIDMalformed", 400, "Invalid id: %(instance_id)s (expecting \"i-...\")", Invalid)
RequestTooLarge = _error("RequestTooLarge", 413, "Request is too large.")

# -- not allowed
NotAuthenticated = _error("NotAuthenticated", 401, "The request you have made requires authentication.")
Forbidden = _error("Forbidden", 403, "Forbidden")
IdentityForbidden = _error("IdentityForbidden", 403, "%(reason)s", Forbidden)
PolicyNotAuthorized = _error("PolicyNotAuthorized", 403, "Policy doesn't allow %(action)s to be performed.", Forbidden)
AdminRequired = _error("AdminRequired", 403, "User does not have admin privileges", Forbidden)
ImageNotAuthorized = _error("ImageNotAuthorized", 403, "Not authorized for image %(image_id)s.", Forbidden)
ImageForbidden = _error("ImageForbidden", 403, "%(reason)s", Forbidden)
BootFromVolumeRequiredForZeroDiskFlavor = _error("BootFromVolumeRequiredForZeroDiskFlavor", 403, "Only volume-backed servers are allowed for flavors with zero disk.", Forbidden)
QuotaError = _error("QuotaError", 403, "Quota exceeded: code=%(code)s", Forbidden)
TooManyInstances = _error("TooManyInstances", 403, "Quota exceeded for %(overs)s: Requested %(req)s, but already used %(used)s of %(allowed)s %(overs)s", QuotaError)
OverQuota = _error("OverQuota", 403, "Quota exceeded for resources: %(overs)s", QuotaError)
KeypairLimitExceeded = _error("KeypairLimitExceeded", 403, "Quota exceeded, too many key pairs.", QuotaError)
MetadataLimitExceeded = _error("MetadataLimitExceeded", 403, "Maximum number of metadata items exceeds %(allowed)d", QuotaError)
ServerGroupLimitExceeded = _error("ServerGroupLimitExceeded", 403, "Quota exceeded, too many servers in group", QuotaError)
ServerGroupsLimitExceeded = _error("ServerGroupsLimitExceeded", 403, "Quota exceeded, too many server groups.", QuotaError)
OnsetFileLimitExceeded = _error("OnsetFileLimitExceeded", 403, "Personality file limit exceeded", QuotaError)
OnsetFilePathLimitExceeded = _error("OnsetFilePathLimitExceeded", 403, "Personality file path exceeds maximum %(allowed)s", QuotaError)
OnsetFileContentLimitExceeded = _error("OnsetFileContentLimitExceeded", 403, "Personality file content exceeds maximum %(allowed)s", QuotaError)

# -- not there
NotFound = _error("NotFound", 404, "Resource could not be found.")
InstanceNotFound = _error("InstanceNotFound", 404, "Instance %(instance_id)s could not be found.", NotFound)
InstanceActionNotFound = _error("InstanceActionNotFound", 404, "Action for request_id %(request_id)s on instance %(instance_uuid)s not found", NotFound)
InstanceActionEventNotFound = _error("InstanceActionEventNotFound", 404, "Event %(event)s not found for action id %(action_id)s", NotFound)
InstanceGroupNotFound = _error("InstanceGroupNotFound", 404, "Instance group %(group_uuid)s could not be found.", NotFound)
FlavorNotFound = _error("FlavorNotFound", 404, "Flavor %(flavor_id)s could not be found.", NotFound)
FlavorExtraSpecsNotFound = _error("FlavorExtraSpecsNotFound", 404, "Flavor %(flavor_id)s has no extra specs with key %(extra_specs_key)s.", NotFound)
FlavorAccessNotFound = _error("FlavorAccessNotFound", 404, "Flavor access not found for %(flavor_id)s / %(project_id)s combination.", NotFound)
KeypairNotFound = _error("KeypairNotFound", 404, "Keypair %(name)s not found for user %(user_id)s", NotFound)
IdentityNotFound = _error("IdentityNotFound", 404, "Could not find %(noun)s: %(id)s.", NotFound)
ImageNotFound = _error("ImageNotFound", 404, "Image %(image_id)s could not be found.", NotFound)
ImageMemberNotFound = _error("ImageMemberNotFound", 404, "%(member)s not found in the member list of the image %(image_id)s.", NotFound)
ServiceNotFound = _error("ServiceNotFound", 404, "Service %(service_id)s could not be found.", NotFound)
HostNotFound = _error("HostNotFound", 404, "Host %(host)s could not be found.", NotFound)
ComputeHostNotFound = _error("ComputeHostNotFound", 404, "Compute host %(host)s could not be found.", HostNotFound)
HostBinaryNotFound = _error("HostBinaryNotFound", 404, "Could not find binary %(binary)s on host %(host)s.", NotFound)
AggregateNotFound = _error("AggregateNotFound", 404, "Aggregate %(aggregate_id)s could not be found.", NotFound)
AggregateHostNotFound = _error("AggregateHostNotFound", 404, "Aggregate %(aggregate_id)s has no host %(host)s.", NotFound)
RequestSpecNotFound = _error("RequestSpecNotFound", 404, "RequestSpec not found for instance %(instance_uuid)s", NotFound)
NetworkNotFound = _error("NetworkNotFound", 404, "Network %(network_id)s could not be found.", NotFound)
PortNotFound = _error("PortNotFound", 404, "Port id %(port_id)s could not be found.", NotFound)
DiskNotFound = _error("DiskNotFound", 404, "No disk at %(location)s", NotFound)
ConsoleLogNotFound = _error("ConsoleLogNotFound", 404, "The console log of instance %(instance_id)s could not be read.", NotFound)
QuotaResourceUnknown = _error("QuotaResourceUnknown", 404, "Unknown quota resources %(unknown)s.", NotFound)

# -- not now
Conflict = _error("Conflict", 409, "Conflict")
InstanceInvalidState = _error("InstanceInvalidState", 409, "Cannot '%(method)s' instance %(instance_uuid)s while it is in %(attr)s %(state)s", Conflict)
InstanceIsLocked = _error("InstanceIsLocked", 409, "Instance %(instance_uuid)s is locked", Conflict)
InstanceNotReady = _error("InstanceNotReady", 409, "Instance %(instance_id)s is not ready", Conflict)
InstanceExists = _error("InstanceExists", 409, "Instance %(name)s already exists.", Conflict)
FlavorExists = _error("FlavorExists", 409, "Flavor with name %(name)s already exists.", Conflict)
FlavorIdExists = _error("FlavorIdExists", 409, "Flavor with ID %(flavor_id)s already exists.", Conflict)
FlavorAccessExists = _error("FlavorAccessExists", 409, "Flavor access already exists for flavor %(flavor_id)s and project %(project_id)s combination.", Conflict)
IdentityConflict = _error("IdentityConflict", 409, "Conflict occurred attempting to store %(noun)s - %(details)s.", Conflict)
KeyPairExists = _error("KeyPairExists", 409, "Key pair '%(key_name)s' already exists.", Conflict)
AggregateNameExists = _error("AggregateNameExists", 409, "Aggregate %(aggregate_name)s already exists.", Conflict)
AggregateHostExists = _error("AggregateHostExists", 409, "Aggregate %(aggregate_id)s already has host %(host)s.", Conflict)
InvalidAggregateAction = _error("InvalidAggregateAction", 400, "Cannot %(action)s aggregate %(aggregate_id)s. Reason: %(reason)s.", Invalid)
ImageConflict = _error("ImageConflict", 409, "%(reason)s", Conflict)
ImageExists = _error("ImageExists", 409, "Image ID %(image_id)s already exists!", Conflict)
ImageMemberExists = _error("ImageMemberExists", 409, "Member %(member)s is duplicated for image %(image_id)s", Conflict)
ImageGone = _error("ImageGone", 410, "Image %(image_id)s could not be found after upload. The image may have been deleted during the upload.")
ImageStorageFull = _error("ImageStorageFull", 413, "Image storage media is full: %(reason)s")
ImageSizeLimitExceeded = _error("ImageSizeLimitExceeded", 413, "The incoming image is too large: %(reason)s")
ImageLimitExceeded = _error("ImageLimitExceeded", 413, "%(reason)s")
ImageFormatMismatch = _error("ImageFormatMismatch", 415, "Image %(image_id)s cannot be stored as %(disk_format)s: %(reason)s")
ImageRangeInvalid = _error("ImageRangeInvalid", 416, "The range %(range)s is not within the image's %(size)d bytes")
ImageStorageDenied = _error("ImageStorageDenied", 503, "Insufficient permissions on image storage media", safe=True)
ServiceUnavailable = _error("ServiceUnavailable", 503, "Service is unavailable at this time.", safe=True)
UnexpectedTaskStateError = _error("UnexpectedTaskStateError", 409, "Conflict updating instance %(instance_uuid)s. Expected: %(expected)s. Actual: %(actual)s")
UnexpectedDeletingTaskStateError = _error("UnexpectedDeletingTaskStateError", 409, "Conflict updating instance %(instance_uuid)s. Expected: %(expected)s. Actual: %(actual)s", UnexpectedTaskStateError)
UnexpectedVMStateError = _error("UnexpectedVMStateError", 409, "Conflict updating instance %(instance_uuid)s. Expected: %(expected)s. Actual: %(actual)s", UnexpectedTaskStateError)
ServiceTopicExists = _error("ServiceTopicExists", 409, "Service with host %(host)s topic %(topic)s exists.")
ServiceBinaryExists = _error("ServiceBinaryExists", 409, "Service with host %(host)s binary %(binary)s exists.")

# -- scheduling and building
NoValidHost = _error("NoValidHost", 500, "No valid host was found. %(reason)s", safe=True)
MaxRetriesExceeded = _error("MaxRetriesExceeded", 500, "Exceeded maximum number of retries. %(reason)s", NoValidHost)
ComputeResourcesUnavailable = _error("ComputeResourcesUnavailable", 500, "Insufficient compute resources: %(reason)s.", safe=True)
BuildAbortException = _error("BuildAbortException", 500, "Build of instance %(instance_uuid)s aborted: %(reason)s", safe=True)
RescheduledException = _error("RescheduledException", 500, "Build of instance %(instance_uuid)s was re-scheduled: %(reason)s", safe=True)
InstanceTerminationFailure = _error("InstanceTerminationFailure", 500, "Failed to terminate instance: %(reason)s")
InstancePowerOffFailure = _error("InstancePowerOffFailure", 500, "Failed to power off instance: %(reason)s")
InstanceRebootFailure = _error("InstanceRebootFailure", 500, "Failed to reboot instance: %(reason)s")
InstanceSuspendFailure = _error("InstanceSuspendFailure", 500, "Failed to suspend instance: %(reason)s")
InstanceResumeFailure = _error("InstanceResumeFailure", 500, "Failed to resume instance: %(reason)s")
InstanceDeployFailure = _error("InstanceDeployFailure", 500, "Failed to deploy instance: %(reason)s")
ConfigDriveMountFailed = _error("ConfigDriveMountFailed", 500, "Could not make the config drive: %(reason)s")
ImageCorrupt = _error("ImageCorrupt", 500, "Image %(image_id)s arrived damaged: %(reason)s", safe=True)
ImageDownloadFailed = _error("ImageDownloadFailed", 500, "Image %(image_id)s could not be downloaded: %(reason)s", safe=True)
GlanceConnectionFailed = _error("GlanceConnectionFailed", 500, "Connection to glance host %(server)s failed: %(reason)s", safe=True)

# -- the hypervisor
HypervisorUnavailable = _error("HypervisorUnavailable", 500, "Connection to the hypervisor is broken on host: %(host)s", safe=True)
InternalError = _error("InternalError", 500, "%(err)s")
VirtualInterfaceCreateException = _error("VirtualInterfaceCreateException", 500, "Virtual Interface creation failed")

# -- the deployment
ConfigurationError = _error("ConfigurationError", 500, "%(reason)s", safe=True)
DatabaseUnavailable = _error("DatabaseUnavailable", 503, "The database cannot be reached; try again later.", ServiceUnavailable, headers={"Retry-After": "5"})
MessagingUnavailable = _error("MessagingUnavailable", 503, "The message broker cannot be reached; try again later.", ServiceUnavailable, headers={"Retry-After": "5"})
OrphanedObjectError = _error("OrphanedObjectError", 500, "Cannot call %(method)s on orphaned %(objtype)s object")
ObjectActionError = _error("ObjectActionError", 500, "Object action %(action)s failed because: %(reason)s")
RetryableDatabaseError = _error("RetryableDatabaseError", 503, "The database asked to try again: %(reason)s", DatabaseUnavailable)
FeatureNotSupported = _error("FeatureNotSupported", 501, "%(reason)s", safe=True)
NotImplementedByDriver = _error("NotImplementedByDriver", 501, "The virt driver %(driver)s cannot %(operation)s.", safe=True)
# fmt: on
