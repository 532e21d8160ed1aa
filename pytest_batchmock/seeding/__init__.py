"""Loading resources of a real account: what `BatchMock.seed` and `batchmock seed` do.

`documents` reads a file or a mapping, and says which of three kinds it is: answers of describe calls
(`dumps`), a CloudFormation template (`cloudformation`), or a Terraform state (`terraform`). Each makes
`Resource`s of it (`plan`), in the members of the API; `loading` creates them by calls of the API. Not
here: HTTP and the command line, which hand over documents.
"""
