# ruff: noqa: INP001 - Ansible finds a module by its file, not by a package.
"""Ansible module: write JSON objects encrypted with a named KMS key, unless they lie there already.

`amazon.aws.s3_object` compares checksums that S3 does not keep for objects encrypted by KMS, so it
would write them again every time.
"""

from typing import Any

import boto3
from ansible.module_utils.basic import AnsibleModule
from botocore.exceptions import BotoCoreError, ClientError

DOCUMENTATION = """
module: sealed_objects
short_description: Writes objects encrypted with a named key
description:
  - Writes each object unless the same content lies there under the same key.
options:
  bucket:
    description: The bucket.
    type: str
    required: true
  region:
    description: Its region.
    type: str
    required: true
  kms_key_arn:
    description: The key.
    type: str
    required: true
  objects:
    description: Name to content, both text.
    type: dict
    required: true
"""


def lies_there(s3: Any, bucket: str, key: str, content: bytes, kms_key_arn: str) -> bool:
    """Whether the object has this content and this key."""
    try:
        found = s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return False
        raise
    return found.get("SSEKMSKeyId") == kms_key_arn and found["Body"].read() == content


def main() -> None:
    """Run as Ansible calls it."""
    module = AnsibleModule(
        argument_spec={
            "bucket": {"type": "str", "required": True},
            "region": {"type": "str", "required": True},
            "kms_key_arn": {"type": "str", "required": True},
            "objects": {"type": "dict", "required": True, "no_log": False},
        },
        supports_check_mode=True,
    )
    bucket, key_arn = module.params["bucket"], module.params["kms_key_arn"]
    written = []
    try:
        s3 = boto3.client("s3", region_name=module.params["region"])
        for key, text in module.params["objects"].items():
            content = text.encode()
            if lies_there(s3, bucket, key, content, key_arn):
                continue
            written.append(key)
            if not module.check_mode:
                s3.put_object(
                    Bucket=bucket,
                    Key=key,
                    Body=content,
                    ContentType="application/json",
                    ServerSideEncryption="aws:kms",
                    SSEKMSKeyId=key_arn,
                    BucketKeyEnabled=True,
                )
    except (BotoCoreError, ClientError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=bool(written), written=written)


if __name__ == "__main__":
    main()
