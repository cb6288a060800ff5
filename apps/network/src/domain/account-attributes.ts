import { type QueryRules, read } from './rule-types.js';

/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeAccountAttributes.html: those that say something here. */
const describeAccountAttributes = read<{ readonly AttributeNames?: readonly string[] }>((network, { AttributeNames = [] }) => {
  const values: Readonly<Record<string, readonly string[]>> = {
    'supported-platforms': ['VPC'],
    'default-vpc': [network.defaultVpc()?.id ?? 'none'],
  };
  const asked = AttributeNames.length > 0 ? AttributeNames.filter((name) => Object.hasOwn(values, name)) : Object.keys(values);
  return {
    AccountAttributes: asked.map((AttributeName) => ({
      AttributeName,
      AttributeValues: values[AttributeName]!.map((AttributeValue) => ({ AttributeValue })),
    })),
  };
});

export const accountQueries: QueryRules = { DescribeAccountAttributes: describeAccountAttributes };
