/** Field numbers of what all kinds share, and of reviews, in the notation of `messageOf`. Source: the protobuf tags of k8s.io/api and k8s.io/apimachinery. */
export const metaFieldNumbers = `
APIGroup name=1! versions=2 preferredVersion=3 serverAddressByClientCIDRs=4
APIGroupList groups=1
APIResource name=1! singularName=6! namespaced=2! group=8 version=9 kind=3! verbs=4 shortNames=5 categories=7
  storageVersionHash=10
APIResourceList groupVersion=1! resources=2
APIVersions versions=1 serverAddressByClientCIDRs=2
BoundObjectReference kind=1 apiVersion=2 name=3 uid=4
Condition type=1! status=2! observedGeneration=3 lastTransitionTime=4 reason=5! message=6!
DeleteOptions gracePeriodSeconds=1! preconditions=2 orphanDependents=3! propagationPolicy=4! dryRun=5
  ignoreStoreReadErrorWithClusterBreakingPotential=6!
FieldSelectorAttributes rawSelector=1 requirements=2
FieldSelectorRequirement key=1! operator=2! values=3
GroupVersionForDiscovery groupVersion=1! version=2!
LabelSelector matchLabels=1 matchExpressions=2
LabelSelectorAttributes rawSelector=1 requirements=2
LabelSelectorRequirement key=1! operator=2! values=3
ListMeta selfLink=1 resourceVersion=2 continue=3 remainingItemCount=4!
LocalSubjectAccessReview metadata=1 spec=2 status=3
ManagedFieldsEntry manager=1 operation=2 apiVersion=3 time=4 fieldsType=6 fieldsV1=7 subresource=8
NonResourceAttributes path=1 verb=2
NonResourceRule verbs=1 nonResourceURLs=2
ObjectMeta name=1 generateName=2 namespace=3 selfLink=4 uid=5 resourceVersion=6 generation=7 creationTimestamp=8
  deletionTimestamp=9 deletionGracePeriodSeconds=10! labels=11 annotations=12 ownerReferences=13 finalizers=14
  managedFields=17
OwnerReference apiVersion=5! kind=1! name=3! uid=4! controller=6! blockOwnerDeletion=7!
Preconditions uid=1! resourceVersion=2!
ResourceAttributes namespace=1 verb=2 group=3 version=4 resource=5 subresource=6 name=7 fieldSelector=8 labelSelector=9
ResourceRule verbs=1 apiGroups=2 resources=3 resourceNames=4
SelfSubjectAccessReview metadata=1 spec=2 status=3
SelfSubjectAccessReviewSpec resourceAttributes=1 nonResourceAttributes=2
SelfSubjectReview metadata=1 status=2
SelfSubjectReviewStatus userInfo=1
SelfSubjectRulesReview metadata=1 spec=2 status=3
SelfSubjectRulesReviewSpec namespace=1
ServerAddressByClientCIDR clientCIDR=1! serverAddress=2!
Status metadata=1 status=2 message=3 reason=4 details=5 code=6
StatusCause reason=1 message=2 field=3
StatusDetails name=1 group=2 kind=3 uid=6 causes=4 retryAfterSeconds=5
SubjectAccessReview metadata=1 spec=2 status=3
SubjectAccessReviewSpec resourceAttributes=1 nonResourceAttributes=2 user=3 groups=4 extra=5 uid=6
SubjectAccessReviewStatus allowed=1! denied=4 reason=2 evaluationError=3
SubjectRulesReviewStatus resourceRules=1 nonResourceRules=2 incomplete=3! evaluationError=4
TokenRequest metadata=1 spec=2 status=3
TokenRequestSpec audiences=1 expirationSeconds=4! boundObjectRef=3
TokenRequestStatus token=1! expirationTimestamp=2
TokenReview metadata=1 spec=2 status=3
TokenReviewSpec token=1 audiences=2
TokenReviewStatus authenticated=1 user=2 audiences=4 error=3
UserInfo username=1 uid=2 groups=3 extra=4
`;
