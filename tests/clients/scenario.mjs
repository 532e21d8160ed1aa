// The JavaScript SDK v3 runs a whole scenario; every line of its output is checked by the test.
import {
  BatchClient, CreateComputeEnvironmentCommand, CreateJobQueueCommand, DescribeJobsCommand,
  ListTagsForResourceCommand, RegisterJobDefinitionCommand, SubmitJobCommand, TagResourceCommand,
  TerminateJobCommand, UntagResourceCommand, paginateDescribeJobDefinitions, paginateListJobs,
} from "@aws-sdk/client-batch";

const batch = new BatchClient({});
const say = (name, value) => console.log(JSON.stringify({ [name]: value }));

await batch.send(new CreateComputeEnvironmentCommand({
  computeEnvironmentName: "js", type: "MANAGED",
  computeResources: {
    type: "EC2", minvCpus: 0, maxvCpus: 8, instanceTypes: ["optimal"], subnets: ["subnet-0a1b2c3d"],
    securityGroupIds: ["sg-0a1b2c3d"], instanceRole: "arn:aws:iam::123456789012:instance-profile/x",
  },
}));
const queue = await batch.send(new CreateJobQueueCommand({
  jobQueueName: "js", priority: 1, computeEnvironmentOrder: [{ order: 1, computeEnvironment: "js" }],
}));
const containerProperties = {
  image: "busybox", command: ["true"],
  resourceRequirements: [{ type: "VCPU", value: "1" }, { type: "MEMORY", value: "512" }],
};
for (let revision = 0; revision < 3; revision += 1) {
  await batch.send(new RegisterJobDefinitionCommand({
    jobDefinitionName: "js", type: "container", containerProperties,
  }));
}
const revisions = [];
for await (const page of paginateDescribeJobDefinitions(
  { client: batch, pageSize: 1 }, { jobDefinitionName: "js", status: "ACTIVE" },
)) revisions.push(...page.jobDefinitions.map((definition) => definition.revision));
say("revisions", revisions);

await batch.send(new TagResourceCommand({ resourceArn: queue.jobQueueArn, tags: { a: "1", b: "2" } }));
await batch.send(new UntagResourceCommand({ resourceArn: queue.jobQueueArn, tagKeys: ["a"] }));
say("tags", (await batch.send(new ListTagsForResourceCommand({ resourceArn: queue.jobQueueArn }))).tags);

const job = { jobQueue: "js", jobDefinition: "js" };
const ended = async (jobId) => {
  const seen = [];
  for (;;) {
    const [told] = (await batch.send(new DescribeJobsCommand({ jobs: [jobId] }))).jobs;
    if (seen.at(-1) !== told.status) seen.push(told.status);
    if (["SUCCEEDED", "FAILED"].includes(told.status)) return { seen, told };
  }
};
const good = await ended((await batch.send(new SubmitJobCommand({ ...job, jobName: "good" }))).jobId);
say("good", good.seen);
const bad = await ended((await batch.send(new SubmitJobCommand({ ...job, jobName: "bad" }))).jobId);
say("bad", [bad.told.status, bad.told.attempts[0].container.exitCode, bad.told.createdAt > 0]);
const { jobId } = await batch.send(new SubmitJobCommand({ ...job, jobName: "stuck" }));
await batch.send(new TerminateJobCommand({ jobId, reason: "enough" }));
say("stuck", (await ended(jobId)).told.statusReason);
const names = [];
for await (const page of paginateListJobs({ client: batch, pageSize: 1 }, { jobQueue: "js", jobStatus: "FAILED" }))
  names.push(...page.jobSummaryList.map((summary) => summary.jobName));
say("failed", names.sort());
try {
  await batch.send(new SubmitJobCommand({ ...job, jobName: "!!" }));
} catch (error) {
  say("error", [error.name, error.$metadata.httpStatusCode, error.$fault]);
}
